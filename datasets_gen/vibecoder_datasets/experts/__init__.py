"""Scripted experts, a package for each category: each makes a row while real tools run on real code."""
