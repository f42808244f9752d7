"""Suites of prompts: those that ship, held-out rows, and published benchmarks' files."""
