"""Memory: how much training takes, how much was used, and what to do when there is no more."""
