"""Where a row happens: a copy of real code, and programs run in it under limits."""
