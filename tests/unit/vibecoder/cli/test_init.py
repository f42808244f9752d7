"""The command line's edge: one line and an exit status for whatever goes wrong, and the lines of `--help`."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import click
import pytest

from vibecoder.cli import cli, main
from vibecoder.errors import BackendError, DataError, OutputError


class Edge:
    """Runs the command line; `fails_with` makes a command `boom` that raises."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def run(self, *args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(args)
        out, err = self.capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return stopped.value.code, out, err

    def runs(self, action: Callable[[], object], *args: str) -> tuple[int, str, str]:
        """Run a command `boom` that calls `action`."""
        command = click.Command("boom", callback=action)
        self.monkeypatch.setitem(sys.modules, "boom_command", SimpleNamespace(boom=command))
        self.monkeypatch.setitem(cli.lazy, "boom", ("boom_command:boom", "Fail."))  # type: ignore[attr-defined]
        return self.run("boom", *args)

    def fails_with(self, error: BaseException, *args: str) -> tuple[int, str, str]:
        def fail() -> NoReturn:
            raise error

        return self.runs(fail, *args)


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Edge:
    return Edge(monkeypatch, capsys)


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (DataError("the dataset is empty; add rows"), 2, "error: the dataset is empty; add rows\n"),
        (DataError("two\n  lines"), 2, "error: two lines\n"),
        (BackendError("the loss is NaN"), 1, "error: the loss is NaN\n"),
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (ZeroDivisionError("by 0"), 1, "error: internal error: ZeroDivisionError: by 0; run again with --debug"),
        (AssertionError(), 1, "error: internal error: AssertionError; run again with --debug"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            2,
            "error: cannot write: the disk is full; free some space and run again",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/x"),
            2,
            "error: cannot use /x: the file system is read-only",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x"),
            2,
            "error: cannot use /x: permission denied",
        ),
        (FileNotFoundError(errno.ENOENT, "No such file", "/x"), 1, "error: internal error: FileNotFoundError"),
        (RuntimeError("Io error: No space left on device (os error 28)"), 2, "error: the disk is full; free some"),
    ],
)
def test_an_error_is_one_line_and_a_status(edge: Edge, error: BaseException, status: int, line: str) -> None:
    code, out, err = edge.fails_with(error)
    assert (code, out) == (status, "")
    assert err.lstrip().startswith(line)  # click ends the line of a Ctrl-C
    assert err.strip().count("\n") == 0


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk_is_the_users_to_put_right(edge: Edge) -> None:
    def write() -> None:
        try:
            with open("/dev/full", "w", encoding="ascii") as file:
                file.write("x" * 100_000)
        except OSError as error:
            raise RuntimeError("could not save the adapter") from error

    code, _, err = edge.runs(write)
    assert (code, err) == (2, "error: cannot write: the disk is full; free some space and run again\n")


@pytest.mark.parametrize(
    ("args", "option"),
    [(["train", "--dry-run"], " with --output"), (["data", "add", "x"], " with --into"), (["plugins"], "")],
)
def test_another_path_is_chosen_by_the_commands_own_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: list[str], option: str
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise OutputError.of(Path("/x"), OSError(errno.EROFS, "Read-only file system"))

    monkeypatch.setattr(cli, "main", fail)
    with pytest.raises(SystemExit):
        main(args)
    err = capsys.readouterr().err
    assert err == f"error: cannot write /x: the file system is read-only; choose another path{option}\n"


@pytest.mark.parametrize("args", [["boom", "--debug"], ["--debug", "boom"]])
def test_debug_shows_the_traceback(edge: Edge, args: list[str]) -> None:
    edge.fails_with(DataError("why"))
    code, _, err = edge.run(*args)
    assert code == 2
    assert "Traceback" in err
    assert err.endswith("error: why\n")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["trian"], "error: unknown command trian; did you mean train? (see `vibecoder --help`)\n"),
        (["--bla"], "error: No such option '--bla' (see `vibecoder --help`)\n"),
        (["train", "--seed", "x"], "error: Invalid value for '--seed': 'x' is not a valid integer range"),
        (["config", "shwo"], "error: No such command 'shwo'"),
        (["completion", "tcsh"], "error: Invalid value for"),
    ],
)
def test_wrong_usage_is_one_line_too(edge: Edge, args: list[str], line: str) -> None:
    code, out, err = edge.run(*args)
    assert (code, out) == (2, "")
    assert err.startswith(line)
    assert err.count("\n") == 1


def test_no_command_shows_the_help(edge: Edge) -> None:
    code, _, err = edge.run()
    assert code == 2
    assert "Usage: vibecoder [OPTIONS] COMMAND" in err


def test_help_and_version(edge: Edge) -> None:
    code, out, _ = edge.run("--help")
    assert code == 0
    assert "train       Train an adapter, stage by stage.\n" in out
    code, out, _ = edge.run("--version")
    assert code == 0
    assert out.startswith("vibecoder ")


@pytest.mark.parametrize("name", list(cli.lazy))  # type: ignore[attr-defined]
def test_the_line_in_help_is_the_commands_own(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.get_short_help_str(200) == cli.lazy[name][1]  # type: ignore[attr-defined]


def test_a_reader_that_leaves_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m vibecoder config reference | true",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def test_no_two_parameters_of_a_command_share_a_name() -> None:
    """click only warns, and one value then takes the place of the other."""
    checked = []

    def check(command: click.Command, name: str) -> None:
        names = [parameter.name for parameter in command.params]
        assert len(names) == len(set(names)), f"{name}: {names}"
        checked.append(name)
        if isinstance(command, click.Group):
            context = click.Context(command)
            for own in command.list_commands(context):
                inner = command.get_command(context, own)
                assert inner is not None
                check(inner, f"{name} {own}")

    check(cli, "vibecoder")
    assert "vibecoder data from-bugs" in checked
