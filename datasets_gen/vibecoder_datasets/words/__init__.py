"""What users and the assistant say around calls."""
