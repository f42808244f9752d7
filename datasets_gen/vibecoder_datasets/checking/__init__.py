"""Proves rows: their calls, their results and every statement made of them."""
