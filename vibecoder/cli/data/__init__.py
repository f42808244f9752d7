"""`vibecoder data`, one module for each of its commands."""
