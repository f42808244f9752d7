"""What there is to know about a piece of code: its parts, tests, measures, bugs and copies."""
