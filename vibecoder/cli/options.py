"""Options and argument types that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["JSON_HELP", "PATH", "json_option"]

PATH = click.Path(path_type=Path)
"""A path that need not exist; commands say themselves what is wrong with one."""
JSON_HELP = "JSON for programs instead of text for people."
json_option = click.option("--json", "json_output", is_flag=True, help=JSON_HELP)
"""`--json`: the command's parameter `json_output`."""
