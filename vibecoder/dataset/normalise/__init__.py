"""Read rows of other programs into the one form of records: parts, results by their call, and nulls of Arrow."""
