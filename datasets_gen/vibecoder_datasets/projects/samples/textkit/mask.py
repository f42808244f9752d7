"""Hiding secrets in logs."""


def mask_secret(secret: str, shown: int = 4) -> str:
    """Stars for all but the last `shown` characters."""
    hidden = max(0, len(secret) - shown)
    return "*" * hidden + secret[hidden:]
