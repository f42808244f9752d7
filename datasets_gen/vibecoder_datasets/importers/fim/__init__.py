"""Implements `from-fim`: spans of a repository's files to fill in."""
