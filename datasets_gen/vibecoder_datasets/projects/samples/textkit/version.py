"""Version numbers."""


def parse_version(text: str) -> tuple[int, ...]:
    """The numbers of a version such as `v1.20.3`."""
    return tuple(int(part) for part in text.lstrip("v").split("."))


def is_newer(left: str, right: str) -> bool:
    """Whether `left` comes after `right`."""
    return parse_version(left) > parse_version(right)
