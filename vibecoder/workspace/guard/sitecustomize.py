"""Confines every Python program that a tool runs, which loads it by its name, and finds it its bytecode.

It refuses the network, and writes outside of the folders in `VIBECODER_WRITABLE`. The bytecode of the folder that the
program starts in lies in the folder `VIBECODER_BYTECODE`, so that none is left in the folder itself; that of everything
else is found where it was installed, or nothing of the standard library would be.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import vibecoder_guard

__all__: list[str] = []

_REASONS = {"socket": "no network here", "open": "nothing is written outside of the project"}


def _refuse(event: str, what: str) -> None:
    raise PermissionError(1, _REASONS.get(event.partition(".")[0], _REASONS["open"]))


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


_places = os.environ.get("VIBECODER_WRITABLE", "")
vibecoder_guard.confine(_places.split(os.pathsep) if _places else None, _refuse)
if _folder := os.environ.pop("VIBECODER_BYTECODE", ""):
    _use_bytecode(_folder, os.getcwd() + os.sep)
