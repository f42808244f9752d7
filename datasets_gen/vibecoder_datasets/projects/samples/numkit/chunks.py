"""Cutting lists."""


def chunks(items: list[int], size: int) -> list[list[int]]:
    """Pieces of `size` items; the last one may be shorter."""
    return [items[at : at + size] for at in range(0, len(items), size)]


def last_items(items: list[int], count: int) -> list[int]:
    """The last `count` items, all if there are fewer."""
    return items[max(0, len(items) - count) :]
