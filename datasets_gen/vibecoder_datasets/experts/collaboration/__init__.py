"""Writes the rows of the category collaboration."""
