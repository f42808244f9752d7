"""Decks and phrasings."""

from __future__ import annotations

import random

from vibecoder_datasets.words.phrases import INTENTS, Deck, Phrases


def test_a_deck_deals_everything_before_it_repeats() -> None:
    deck = Deck(random.Random(0), "abcd")
    assert sorted(deck.draw() for _ in range(4)) == list("abcd")
    assert sorted(deck.draw() for _ in range(4)) == list("abcd")


def test_every_phrasing_takes_its_slots() -> None:
    slots = dict.fromkeys(("path", "a", "b", "pattern", "old", "new", "content", "code", "name", "command"), "X")
    phrases = Phrases(random.Random(0))
    for intent, forms in INTENTS.items():
        assert len(set(forms)) == len(forms) >= 10
        said = {phrases.ask(intent, **slots) for _ in range(200)}
        assert len(said) > 40
        assert all("{" not in sentence and "X" in sentence for sentence in said)
