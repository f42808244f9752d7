"""The tools that rows call: their schemas and what they do."""
