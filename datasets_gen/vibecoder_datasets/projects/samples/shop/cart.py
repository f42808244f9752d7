"""A shopping cart as a mapping from item to count."""


def add_item(cart: dict[str, int], item: str, count: int = 1) -> None:
    """Put `count` more of an item into the cart."""
    cart[item] = cart.get(item, 0) + count


def remove_item(cart: dict[str, int], item: str) -> None:
    """Take one of an item out; the last one removes the entry."""
    cart[item] -= 1
    if cart[item] == 0:
        del cart[item]
