"""A plan carried out: stages trained, evaluated, gated and recorded, resumably."""
