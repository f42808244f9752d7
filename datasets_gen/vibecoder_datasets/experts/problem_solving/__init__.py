"""Problem solving: the experts of the category."""
