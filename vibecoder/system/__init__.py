"""This machine: its memory and clocks, atomic files, append-only files of lines."""
