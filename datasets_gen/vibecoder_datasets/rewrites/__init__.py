"""Refactorings of real Python functions, carried out on libcst's syntax trees, which keep comments and layout."""

from __future__ import annotations
