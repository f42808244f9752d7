from textkit.slug import clip_slug, slugify


def test_slugify() -> None:
    assert slugify("Hello Big World") == "hello-big-world"


def test_clip_slug() -> None:
    assert clip_slug("red-car", 7) == "red-car"
    assert clip_slug("red-car", 4) == "red"
