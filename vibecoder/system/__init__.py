"""This machine: its memory, confined programs, atomic files, append-only files of lines."""
