"""Scorers of replies: exact calls, programs run against tests, patches, rules."""
