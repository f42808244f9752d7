"""Holds the code that rows are built on: installed packages, samples of ours, a person's own repository."""
