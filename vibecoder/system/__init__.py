"""This machine: its memory, confined programs, complete files, lines appended safely."""
