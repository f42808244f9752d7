"""Prompts by the template of training and by llama.cpp's rendering of the one inside a file."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("xllamacpp")
pytest.importorskip("starlette")
openai = pytest.importorskip("openai")

from support.rows import READ_FILE  # noqa: E402
from support.servers.models import listening  # noqa: E402
from support.small_nano import small_nano  # noqa: E402
from vibecoder.errors import ConfigError, ModelError  # noqa: E402
from vibecoder.export.gguf.writer import write_gguf  # noqa: E402
from vibecoder.rendering import ChatTokenizer  # noqa: E402
from vibecoder_serve.prompts import FilePrompts, TrainedPrompts  # noqa: E402
from vibecoder_serve.targets import find_target, open_served  # noqa: E402

CALL = {"type": "function", "function": {"name": "read_file", "arguments": {"path": "a.py"}}}
TALK = [
    {"role": "user", "content": "Read a.py"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "name": "read_file", "content": "x = 1"},
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(small_nano(), tmp_path_factory.mktemp("gguf") / "tiny.gguf", "F16").path


def test_a_file_alone_is_prompted_as_in_training_and_asked_by_the_client(file: Path) -> None:
    served = open_served(find_target(str(file)), context=512)
    assert isinstance(served.prompts, FilePrompts)
    tokenizer = ChatTokenizer.load(small_nano())
    theirs = TrainedPrompts(tokenizer).chat(TALK, [READ_FILE])
    assert not isinstance(theirs, str)
    assert served.prompts.chat(TALK, [READ_FILE]) == tokenizer.decode(theirs)
    with listening(served) as url:
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
        asked = {"model": "tiny", "messages": TALK[:1], "max_tokens": 8}
        whole = client.chat.completions.create(**asked)
        parts = client.chat.completions.create(**asked, stream=True)
        said = "".join(part.choices[0].delta.content or "" for part in parts)
        assert said == whole.choices[0].message.content != ""
        assert whole.usage.prompt_tokens > 20
        with pytest.raises(openai.BadRequestError, match="exceeds the available context size"):
            client.chat.completions.create(model="tiny", messages=[{"role": "user", "content": "word " * 900}])
        with pytest.raises(openai.BadRequestError, match="serve it with --model"):
            client.completions.create(model="tiny", prompt="a", suffix="b")
    served.engine.close()


def test_with_its_model_a_file_fills_in_spans(file: Path) -> None:
    served = open_served(find_target(str(file), model=str(small_nano())), context=512)
    assert isinstance(served.prompts, TrainedPrompts)
    prompt, _ = served.prompts.infill("a", "b")
    assert not isinstance(prompt, str)
    served.engine.close()


def test_what_does_not_go_with_a_file_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no file at"):
        find_target(str(tmp_path / "none.gguf"))
    with pytest.raises(ModelError, match="name the model with --model"):
        find_target(str(file), [str(tmp_path)])
    with pytest.raises(ModelError, match="leave it out"):
        find_target("nano", model="nano")
    with pytest.raises(ConfigError, match=r"served by llama\.cpp alone"):
        open_served(find_target(str(file)), "mlx")
