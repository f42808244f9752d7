"""Implements `from-git`: small commits as rows, and the history that other importers read as well."""
