"""Runs pytest without starting an interpreter each time: fork servers of a workspace have it loaded.

One server has the unchanged package loaded too, since importing it is most of a run's time. It takes the runs for which
that makes no difference: nothing but bodies of functions was changed, and none of those the import itself runs.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from vibecoder.workspace import confined
from vibecoder.workspace.bodies import changed_bodies
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.forks import UNLIKE, ForkServer
from vibecoder.workspace.sources import is_test

__all__ = ["Changes", "changes", "run"]

Changes: TypeAlias = Mapping[str, Sequence[str]]
_SERVERS: weakref.WeakKeyDictionary[Workspace, dict[bool, ForkServer]] = weakref.WeakKeyDictionary()


def run(workspace: Workspace, environment: Mapping[str, str], arguments: Sequence[str], seconds: int) -> confined.Ran:
    """Run pytest with `arguments` on the workspace as it is now.

    Raises:
        OSError: the process that runs tests has died.
    """
    found = changes(workspace)
    if found is not None and (not found or _has_loaded(workspace)):
        ran = _server_of(workspace, environment, loaded=True).ask(_request(arguments, found), seconds)
        if ran.stopped or ran.status != UNLIKE:
            return ran
    return _server_of(workspace, environment, loaded=False).ask(_request(arguments, {}), seconds)


def _request(arguments: Sequence[str], changes: Changes) -> dict[str, object]:
    return {"arguments": list(arguments), "changes": changes}


def changes(workspace: Workspace) -> Changes | None:
    """Return the functions whose bodies were changed, by file; None where there is no package or more was changed."""
    if not workspace.project.package:
        return None
    found: dict[str, list[str]] = {}
    for path in sorted(workspace.changed):
        if path.endswith(("/", ".md")) or (is_test(path) and path.endswith(".py")):
            continue  # nothing that the package is imported from
        before, after = workspace.original(path), workspace.now(path)
        names = changed_bodies(before, after) if before and after and path.endswith(".py") else None
        if names is None:
            return None
        found[path] = names
    return found


def _has_loaded(workspace: Workspace) -> bool:
    """Tell whether there is a server with the package as it was copied; one that is started now has it as it is now."""
    server = _SERVERS.get(workspace, {}).get(True)
    return server is not None and server.is_alive


def _server_of(workspace: Workspace, environment: Mapping[str, str], loaded: bool) -> ForkServer:
    """Return the server of a workspace, started when first asked for; it ends with the workspace."""
    servers = _SERVERS.setdefault(workspace, {})
    if loaded not in servers or not servers[loaded].is_alive:
        servers[loaded] = ForkServer(workspace, environment, workspace.project.package, loaded)
    return servers[loaded]
