"""Rows on disk: reading, checking, appending, splitting, generating and importing them."""
