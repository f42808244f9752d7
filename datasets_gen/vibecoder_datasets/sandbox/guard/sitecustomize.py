"""Loaded by every Python program that a tool runs: refuses the network, whatever the machine allows."""

from __future__ import annotations

import sys

__all__: list[str] = []

_REFUSED = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event in _REFUSED and not (len(arguments) > 1 and isinstance(arguments[1], str) and "/" in arguments[1]):
        raise PermissionError(1, "no network here")


sys.addaudithook(_hook)
