"""Phrases that vary, and what the assistant says of a call's result."""
