"""Work on whole datasets: near-duplicates, contamination, lengths, and the forms of other tools."""
