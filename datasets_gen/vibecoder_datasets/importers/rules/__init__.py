"""Implements `from-rules`: rules, corrections, workflows and logs in Markdown."""
