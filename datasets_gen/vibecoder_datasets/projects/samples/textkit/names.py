"""Names of people."""


def initials(name: str) -> str:
    """The first letters of a name, upper-case."""
    return "".join(part[0].upper() for part in name.split())


def full_name(first: str, last: str) -> str:
    """First and last name, without blanks around them."""
    return f"{first.strip()} {last.strip()}".strip()
