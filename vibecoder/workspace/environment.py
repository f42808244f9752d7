"""The environment variables that programs of a workspace run with, alike on every machine."""

from __future__ import annotations

import os
from pathlib import Path

from vibecoder.workspace.files import Workspace

__all__ = ["GUARD", "environment"]

GUARD = Path(__file__).parent / "guard"
"""On the `PYTHONPATH` of Python programs it refuses them the network and writes outside, and finds their bytecode."""


def environment(workspace: Workspace) -> dict[str, str]:
    """Set a program's variables: its code from the workspace alone, no bytecode written, one order of sets."""
    places = [str(GUARD), str(workspace.root)]
    if (workspace.root / "src").is_dir():
        places.append(str(workspace.root / "src"))
    kept = {name: os.environ[name] for name in ("CARGO_HOME", "RUSTUP_HOME", "GOROOT") if name in os.environ}
    home = os.path.expanduser("~")
    return {
        "CARGO_HOME": f"{home}/.cargo",
        "RUSTUP_HOME": f"{home}/.rustup",
        **kept,
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(places),
        "VIBECODER_WRITABLE": os.pathsep.join(map(str, (workspace.root, workspace.scratch, workspace.bytecode))),
        "VIBECODER_BYTECODE": str(workspace.bytecode),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "HOME": str(workspace.scratch),
        "TMPDIR": str(workspace.scratch),
        "CARGO_TARGET_DIR": str(workspace.scratch / "target"),
        "GOCACHE": str(workspace.bytecode / "go"),
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "CARGO_NET_OFFLINE": "true",
        "RUST_TEST_THREADS": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "80",
        "OMP_NUM_THREADS": "1",
    }
