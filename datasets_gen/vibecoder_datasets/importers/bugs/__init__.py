"""Implements `from-bugs`: failing tests and the smallest patch that makes them pass, all of it run."""
