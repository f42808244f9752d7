"""Implements `from-claude`: sessions of Claude Code as conversations, and its edits as thumbs."""
