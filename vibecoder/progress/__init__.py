"""Displays of a run: a live bar on a terminal, plain lines in a pipe, JSON lines for programs."""
