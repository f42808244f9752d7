"""`python -m vibecoder`, the same as `vibecoder`."""

from vibecoder.cli import main

main()
