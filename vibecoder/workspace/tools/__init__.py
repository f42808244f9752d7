"""The tools that a model calls: what each does in a workspace, and what it answers."""
