"""Counting words."""


def count_words(text: str) -> dict[str, int]:
    """How often each word occurs, letters of either case alike."""
    counts: dict[str, int] = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return counts


def top_word(text: str) -> str:
    """The most frequent word; the first of several."""
    counts = count_words(text)
    return max(counts, key=lambda word: counts[word])
