"""Agentic work: the experts of the category."""
