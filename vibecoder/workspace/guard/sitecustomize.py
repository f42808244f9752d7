"""Loaded by every Python program that a tool runs: refuses the network, and finds bytecode where it is.

The bytecode of the folder that the program starts in lies in the folder `VIBECODER_BYTECODE`, so that none is left in
the folder itself; that of everything else is found where it was installed, or nothing of the standard library would be.
"""

from __future__ import annotations

import os
import sys
from typing import Any

__all__: list[str] = []

_REFUSED = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event in _REFUSED and not (len(arguments) > 1 and isinstance(arguments[1], str) and "/" in arguments[1]):
        raise PermissionError(1, "no network here")


def _use_bytecode(folder: str, root: str) -> None:
    """Look for compiled files below `root` in `folder`, and for others where they were installed, if they are there."""
    external: Any = sys.modules["_frozen_importlib_external"]
    usual = external.cache_from_source

    def cache_from_source(path: str, *given: Any, **named: Any) -> str:
        if not path.startswith(root):
            sys.pycache_prefix = None
            try:
                installed = str(usual(path, *given, **named))
            finally:
                sys.pycache_prefix = folder
            if os.path.exists(installed):
                return installed
        return str(usual(path, *given, **named))

    external.cache_from_source = cache_from_source
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = folder  # for pytest, and for programs that it starts


sys.addaudithook(_hook)
if _folder := os.environ.pop("VIBECODER_BYTECODE", ""):
    _use_bytecode(_folder, os.getcwd() + os.sep)
