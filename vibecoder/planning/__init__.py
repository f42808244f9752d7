"""Everything a run will do, decided before a model loads."""
