"""Holds what experts build rows from: their context, sessions, supplies of functions, bugs and refactorings."""
