"""Collaboration: the experts of the category."""
