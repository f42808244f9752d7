"""Knows the code that rows are built on: its index, tests, bugs and edits."""
