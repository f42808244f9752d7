"""Superpowers: the experts of the category."""
