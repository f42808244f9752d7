from shop.cart import add_item, remove_item


def test_add_item() -> None:
    cart = {"pen": 1}
    add_item(cart, "pen", 2)
    assert cart == {"pen": 3}


def test_remove_item() -> None:
    cart = {"pen": 2, "cup": 1}
    remove_item(cart, "pen")
    remove_item(cart, "cup")
    assert cart == {"pen": 1}
