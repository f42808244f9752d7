"""Makes rows in parallel and in a fixed order, and admits them to a dataset."""
