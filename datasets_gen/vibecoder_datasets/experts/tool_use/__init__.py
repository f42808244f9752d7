"""Tool use: the experts of the category."""
