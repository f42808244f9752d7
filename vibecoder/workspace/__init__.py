"""A workspace of files and the tools that read, change and run them, confined: for rows, evaluation and servers."""
