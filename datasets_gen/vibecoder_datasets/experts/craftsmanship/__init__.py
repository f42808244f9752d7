"""Craftsmanship: the experts of the category, and the rewrites they know."""
