"""Implements `from-telemetry`: good interactions out of a log of events."""
