"""scripts/nano/corpus.py: what nano reads follows from a seed, is well formed, and never replies with a tool call."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import json
import random
import re
import shutil
import sys
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support import ROOT

MODULES = ("json/decoder.py", "textwrap.py", "shlex.py", "heapq.py", "bisect.py", "fnmatch.py", "test/test_heapq.py")
REPLY = re.compile(r"<\|im_start\|>assistant\n(.*?)<\|im_end\|>", re.DOTALL)


def _load() -> ModuleType:
    sys.path.insert(0, str(ROOT / "scripts" / "nano"))  # as when the script runs
    spec = importlib.util.spec_from_file_location("nano_corpus", ROOT / "scripts" / "nano" / "corpus.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


corpus: Any = _load()


@pytest.fixture(scope="module")
def files() -> list[Any]:
    """A few files of the standard library instead of all: reading all 1,400 takes long."""
    found = []
    for name in MODULES:
        path = Path(sysconfig.get_path("stdlib")) / name
        if path.exists():  # some systems leave the library's own tests out
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text)
            functions, said = tuple(corpus._functions(name, text, tree)), tuple(corpus.passages(name, tree))
            found.append(corpus.File(name, text, functions, said))
    assert len(found) >= 6
    return found


@pytest.fixture(scope="module")
def documents(files: list[Any]) -> list[str]:
    return list(itertools.islice(corpus.documents(files, seed=7), 600))


def test_a_seed_decides_every_document(files: list[Any], documents: list[str]) -> None:
    assert list(itertools.islice(corpus.documents(files, seed=7), 100)) == documents[:100]
    assert list(itertools.islice(corpus.documents(files, seed=8), 100)) != documents[:100]


def test_the_three_kinds_come_in_their_shares(documents: list[str]) -> None:
    chats = sum(text.startswith("<|im_start|>") for text in documents) / len(documents)
    infills = sum(text.startswith("<|fim_prefix|>") for text in documents) / len(documents)
    assert 0.35 < chats < 0.49
    assert 0.11 < infills < 0.21
    assert all(text.endswith(corpus.END) for text in documents)


@pytest.fixture(scope="module")
def late(files: list[Any]) -> list[str]:
    return list(itertools.islice(corpus.documents(files, seed=7, mix=lambda: corpus.LATE), 600))


@pytest.fixture(scope="module")
def tuning(files: list[Any]) -> list[str]:
    return list(itertools.islice(corpus.documents(files, seed=7, mix=lambda: corpus.TUNING), 600))


def test_later_documents_are_mostly_conversations_with_functions(late: list[str]) -> None:
    chats = [text for text in late if text.startswith("<|im_start|>")]
    offering = [text for text in chats if "<tools>" in text]
    assert len(chats) > 0.6 * len(late)
    assert len(offering) > 0.4 * len(chats)


def test_no_tool_of_the_stages_is_ever_offered(documents: list[str], late: list[str], tuning: list[str]) -> None:
    """Which tools there are and what they take is the stages' to teach."""
    from vibecoder.workspace.schemas import SETS

    offered = {
        name for text in documents + late + tuning for name in re.findall(r'"function": \{"name": "(\w+)"', text)
    }
    everyday = {line.split(" | ")[0] for line in (ROOT / "scripts/nano/everyday.txt").read_text().splitlines()[1:]}
    assert len(offered & everyday) >= 25
    assert not everyday & {name for names in SETS.values() for name in names}


def test_no_reply_holds_a_tool_call(documents: list[str], late: list[str], tuning: list[str]) -> None:
    """What the stages teach must be theirs alone."""
    documents = documents + late + tuning
    chats = [text for text in documents if text.startswith("<|im_start|>")]
    replies = [reply for text in chats for reply in REPLY.findall(text)]
    assert len(replies) >= len(chats)
    assert not [reply for reply in replies if "tool_call>" in reply]


def test_every_call_of_a_conversation_is_of_an_offered_function_and_its_text_values_can_be_read(
    tuning: list[str],
) -> None:
    """What is called was offered; a value stands in what the user said or in a result before it."""
    calls = 0
    for text in tuning:
        if "<tools>" not in text or "{name}" in text:
            continue
        listed = text.split("<tools>\n")[1].split("\n</tools>")[0].splitlines()
        offered = {tool["function"]["name"]: tool["function"]["parameters"] for tool in map(json.loads, listed)}
        said = text.split("\n</tools>")[1]
        for reply in REPLY.findall(text):
            for block in re.findall(r"```json\n(\{.*?\})\n```", reply):
                call = json.loads(block)
                calls += 1
                assert call["name"] in offered
                assert set(call["arguments"]) <= set(offered[call["name"]]["properties"])
                before = said[: said.index(block)]
                assert all(str(value) in before for value in call["arguments"].values()), call
    assert calls > 300


def test_plain_talk_answers_in_sentences_of_the_documentation_whether_or_not_functions_are_offered(
    files: list[Any],
) -> None:
    rng = random.Random(5)
    said = corpus.reference() + [passage for file in files for passage in file.passages]
    known = {" ".join(re.findall(r"[\w']+", file.text)) for file in files}
    chats = [corpus.explanation(rng, said, []) for _ in range(120)]
    assert 40 < sum("<tools>" in text for text in chats) < 80
    for reply in (reply for text in chats for reply in REPLY.findall(text)):
        assert "```" not in reply
        assert "\n" not in reply
        assert reply[-1] in ".!?"
    of_files = [paragraph for file in files for passage in file.passages for paragraph in passage.paragraphs]
    assert len(of_files) > 15
    for paragraph in of_files:
        assert any(" ".join(re.findall(r"[\w']+", paragraph)) in text for text in known), paragraph


def test_a_filled_call_is_json_that_fits_an_offered_function(files: list[Any]) -> None:
    rng = random.Random(3)
    functions = [function for file in files for function in file.functions]
    for _ in range(80):
        text = corpus.call(rng, files, functions)
        listed = text.split("<tools>\n")[1].split("\n</tools>")[0].splitlines()
        offered = {tool["function"]["name"]: tool["function"]["parameters"] for tool in map(json.loads, listed)}
        replies = REPLY.findall(text)
        assert replies
        for reply in replies:
            called = json.loads(reply.removeprefix("```json\n").removesuffix("\n```"))
            assert called["name"] in offered
            if len(offered) == len(listed):  # two functions of one name may take different arguments
                assert list(called["arguments"]) == offered[called["name"]]["required"]


def test_an_infill_is_a_stretch_of_its_file(files: list[Any]) -> None:
    rng = random.Random(4)
    for _ in range(80):
        file = rng.choice(files)
        text = corpus.infill(rng, file).removeprefix("<|fim_prefix|>").removesuffix(corpus.END)
        prefix, rest = text.split("<|fim_suffix|>")
        suffix, middle = rest.split("<|fim_middle|>")
        assert prefix + middle + suffix in file.text


def test_the_held_out_files_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("asyncio", "email", "http", "json", "logging", "unittest", "urllib", "xml"):
        shutil.copytree(Path(sysconfig.get_path("stdlib")) / name, tmp_path / name)
    (tmp_path / "broken.py").write_text("def oops(:\n" * 50)
    monkeypatch.setattr(corpus.sysconfig, "get_path", lambda name: str(tmp_path))
    train, held_out = ({file.path for file in corpus.library(flag)} for flag in (False, True))
    assert not train & held_out
    assert held_out
    assert len(train) > 10 * len(held_out)
    assert "broken.py" not in train | held_out
