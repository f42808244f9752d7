"""One module for each command of `vibecoder`."""
