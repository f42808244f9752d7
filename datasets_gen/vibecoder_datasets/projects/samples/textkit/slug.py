"""Short names for addresses."""


def slugify(title: str) -> str:
    """Lower-case words of a title, joined by hyphens."""
    words = [word for word in title.lower().split() if word.isalnum()]
    return "-".join(words)


def clip_slug(slug: str, limit: int) -> str:
    """At most `limit` characters of a slug, without a hyphen at the end."""
    if len(slug) <= limit:
        return slug
    return slug[:limit].rstrip("-")
