"""Powertools: the experts of the category."""
