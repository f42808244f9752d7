"""Has an optional language model reword what users say."""
