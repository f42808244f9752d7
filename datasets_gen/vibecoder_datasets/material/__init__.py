"""What experts work with: a workspace, a session, a deck of functions, bugs and refactorings."""
