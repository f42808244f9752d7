"""Whatever a row says is in its rendering, or the row is refused with a reason that others share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vibecoder.curation.lengths import lengths
from vibecoder.errors import DataError, RowError
from vibecoder.planning.stage import RenderedRows
from vibecoder.rendering import ChatTokenizer, prompt_ids, render, spans
from vibecoder.types import Example

Message = dict[str, Any]
Family = Callable[[str], tuple[ChatTokenizer, Path]]
Folder = Callable[..., Path]

ZONE, ROWS = (
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Tells the {what}",
            "parameters": {"type": "object", "properties": {key: {"type": "string"}}, "required": [key]},
        },
    }
    for name, what, key in (("find_zone", "zone of a town", "town"), ("count_rows", "size of a table", "table"))
)


def user(content: str = "Zone of Bergen, and how many rows?") -> Message:
    return {"role": "user", "content": content}


def call(name: str = "find_zone", **arguments: Any) -> Message:
    return {"type": "function", "function": {"name": name, "arguments": arguments or {"town": "Bergen"}}}


def reply(content: str = "", *calls: Message, **more: Any) -> Message:
    return {"role": "assistant", "content": content, **({"tool_calls": list(calls)} if calls else {}), **more}


def result(content: str, name: str = "find_zone", **more: Any) -> Message:
    return {"role": "tool", "name": name, "content": content, **more}


def text_of(tokenizer: ChatTokenizer, messages: list[Message], tools: list[Any] | None = None) -> str:
    record = Example(messages=messages, tools=[ZONE] if tools is None else tools, id="0123456789abcdef")
    return "".join(piece for piece, _ in spans(render(record, tokenizer), tokenizer))


def refusal(tokenizer: ChatTokenizer, messages: list[Message], tools: list[Any] | None = None) -> str:
    with pytest.raises(RowError) as caught:
        text_of(tokenizer, messages, tools)
    assert str(caught.value) == f"record 0123456789ab: {caught.value.reason}"
    return caught.value.reason.split("the chat template of ")[1]


SEVERAL = [
    user(), reply("", call(), call("count_rows", table="towns")), result("CET"), result("7", "count_rows"),
    reply("CET, and 7 rows."),
]  # fmt: skip
BESIDE = [user(), reply("Zones change, so I look.", call()), result("CET"), reply("CET")]
DECLINES = [user("Book me a flight"), reply("None of my tools does that.")]


@pytest.mark.parametrize(
    ("name", "messages", "tools", "reason"),
    [
        ("gptoss", SEVERAL, [ZONE, ROWS], "leaves out one of several calls of a turn"),
        ("llama3_1", SEVERAL, [ZONE, ROWS], "refuses the conversation: This model only supports single tool-calls"),
        ("llama3_1", BESIDE, [ZONE], "leaves out the text beside a call"),
        ("gptoss", BESIDE, [ZONE], "leaves out the text beside a call"),
        ("muse_glimmer", BESIDE, [ZONE], "leaves out the text beside a call"),
        ("gemma3", DECLINES, [ZONE], "leaves out an offered tool"),
        ("phi3", DECLINES, [ZONE], "leaves out an offered tool"),
        ("llama3", DECLINES, [ZONE], "leaves out an offered tool"),
        ("gptoss", [{"role": "system", "content": "A"}, user(), {"role": "system", "content": "Be brief"}, reply("B")],
         [], "leaves out a system turn"),
        ("qwen3_vl", [user(), reply("A"), {"role": "developer", "content": "Be brief"}, user(), reply("B")],
         [], "leaves out a system turn"),
        ("qwen2_5", [user(), reply("A", reasoning_content="Hm")], [], "leaves out the assistant's thoughts"),
        ("deepseek_r1_distill", [user(), reply("<think>\nHm\n</think>\n\nA")], [], "leaves out the assistant's though"),
    ],
)  # fmt: skip
def test_rows_of_which_a_template_would_leave_something_out(
    name: str, messages: list[Message], tools: list[Any], reason: str, family: Family
) -> None:
    assert refusal(family(name)[0], messages, tools).startswith(f"{name} {reason}")


def test_a_prompt_is_checked_as_a_row_is(family: Family) -> None:
    with pytest.raises(DataError, match="template of gemma3 leaves out an offered tool"):
        prompt_ids(DECLINES[:1], [ZONE], family("gemma3")[0])
    assert prompt_ids(DECLINES[:1], [], family("gemma3")[0])


@pytest.mark.parametrize("name", ["qwen2_5", "qwen3", "glm4moe", "phi3", "nemotron_3_nano"])
def test_a_developers_turn_is_the_systems_where_the_template_knows_none(name: str, family: Family) -> None:
    tokenizer, _ = family(name)
    rows = [
        [{"role": role, "content": "Answer in French."}, user("Colour of the sky?"), reply("Bleu.")]
        for role in ("developer", "system")
    ]
    assert text_of(tokenizer, rows[0], []) == text_of(tokenizer, rows[1], [])
    assert "Answer in French." in text_of(tokenizer, rows[0], [])
    assert prompt_ids(rows[0][:2], [], tokenizer) == prompt_ids(rows[1][:2], [], tokenizer)


def test_a_developers_turn_stays_one_where_the_template_knows_it(family: Family) -> None:
    tokenizer, _ = family("gptoss")
    messages = [{"role": "developer", "content": "Answer in French."}, user(), reply("Bleu.")]
    assert "<|start|>developer<|message|># Instructions\n\nAnswer in French." in text_of(tokenizer, messages, [])


def test_earlier_thoughts_may_go_where_the_template_shows_the_last_ones(family: Family) -> None:
    messages = [user(), reply("A", reasoning_content="First"), user(), reply("B", reasoning_content="Second")]
    text = text_of(family("qwen3")[0], messages, [])
    assert "First" not in text
    assert "<think>\nSecond\n</think>" in text


def test_tools_are_written_into_the_system_turn_of_a_template_that_shows_calls_alone(family: Family) -> None:
    tokenizer, _ = family("deepseekv3")
    offer = f"You can call these functions, given as JSON:\n{json.dumps(ZONE)}"
    assert f"<bos>{offer}<" in text_of(tokenizer, DECLINES)
    system = [{"role": "developer", "content": "Be brief."}]
    for messages in (SEVERAL, BESIDE):
        text = text_of(tokenizer, [*system, *messages])
        assert text.count(f"<bos>Be brief.\n\n{offer}<") == 1
        row = Example(messages=[*system, messages[0], *messages[1:-1], messages[-1] | {"weight": 0}], tools=[ZONE])
        learned = [piece for piece, flag in spans(render(row, tokenizer), tokenizer) if flag]
        assert len(learned) == 1
        assert "find_zone" in learned[0]
    assert f"<bos>{offer}<" in tokenizer.decode(prompt_ids(DECLINES[:1], [ZONE], tokenizer))


@pytest.mark.parametrize("name", ["qwen3", "glm4moe", "nemotron_3_nano", "lfm2_2_5"])
def test_thoughts_at_the_beginning_of_a_text_become_the_templates_own(name: str, family: Family) -> None:
    """Their tags are tokens, which the text of a message never becomes."""
    tokenizer, _ = family(name)
    inline = [user(), reply("<think>\nHm </think> hm\n</think>\n\nYes.")]
    apart = [user(), reply("Yes.", reasoning_content="Hm </think> hm")]
    rendered = render(Example(messages=inline), tokenizer).ids.tolist()
    assert rendered == render(Example(messages=apart), tokenizer).ids.tolist()
    assert tokenizer.shadow.controls["</think>"] in rendered
    spelled = render(Example(messages=[user(), reply("Write </think> here.")]), tokenizer)
    assert "Write </think> here." in tokenizer.decode(spelled.ids)


def test_thoughts_of_a_model_without_tokens_for_them_are_text(family: Family) -> None:
    assert "<think>\nHm\n</think>\n\nYes.<|im_end|>" in text_of(
        family("qwen2_5")[0], [user(), reply("<think>\nHm\n</think>\n\nYes.")], []
    )


EITHER = (
    "{% for t in tools or [] %}{{ t | tojson }}{% endfor %}{% for m in messages %}<|im_start|>{{ m.role }}"
    "{% if m.content %}{{ m.content }}{% elif m.tool_calls %}{% for c in m.tool_calls %}"
    '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}{% endfor %}{% endif %}'
    "<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant{% endif %}"
)


def test_a_template_that_prints_text_or_calls(model_folder: Folder) -> None:
    tokenizer = ChatTokenizer.load(model_folder(EITHER, name="either"))
    assert "Bergen" in text_of(tokenizer, [BESIDE[0], reply("", call()), *BESIDE[2:]])
    assert refusal(tokenizer, BESIDE) == "either leaves out a call"


def with_call(body: str) -> str:
    """A template whose calls are written by `body`."""
    return (
        "{% for t in tools or [] %}{{ t | tojson }}{% endfor %}{% for m in messages %}<|im_start|>{{ m.role }}\n"
        "{{ m.content }}{% for c in m.tool_calls or [] %}<tool_call>" + body + "</tool_call>{% endfor %}<|im_end|>\n"
        "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )


@pytest.mark.parametrize(
    "body",
    [
        "{{ c.function.name }}",
        "{{ c.function.name }}{% for k, v in c.function.arguments.items() if v is string %}{{ k }}={{ v }}{% endfor %}",
        "{{ c.function.name }}{% for k, v in c.function.arguments.items() %}{{ v }}{% endfor %}",
        "{{ c.function.name }}{% for k, v in c.function.arguments.items() %}{{ k }}={{ v | string | truncate(9) }}"
        "{% endfor %}",
    ],
)
def test_a_template_that_drops_arguments(body: str, model_folder: Folder) -> None:
    tokenizer = ChatTokenizer.load(model_folder(with_call(body), name="drops"))
    arguments = {"town": "Bergen in the west", "limit": 37, "deep": {"names": ["a", "b"]}, "all": True}
    assert refusal(tokenizer, [user(), reply("", call(**arguments))]) == "drops leaves out an argument of a call"


@pytest.mark.parametrize(
    "body",
    [
        "{{ c.function | tojson }}",
        "{{ c.function | tojson(indent=2) }}",
        "{{ c.function.arguments | tojson }}{{ c.function.name }}",
        "{{ c.function.name }}{% for k, v in c.function.arguments | dictsort %}<{{ k }}>{{ v | tojson }}</{{ k }}>"
        "{% endfor %}",
        "{{ c.function.name }}{% for k, v in c.function.arguments.items() %}{{ k }}:{% if v is string %}{{ v | trim }}"
        "{% else %}{{ v }}{% endif %}{% endfor %}",
        '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments }}}',  # takes JSON text alone
        "{{ c.function.name }}{% for k, v in c.function.arguments.items() %}<{{ k }}>{{ v | e }}</{{ k }}>{% endfor %}",
    ],
)
def test_templates_that_trim_escape_and_reorder_refuse_nothing(body: str, model_folder: Folder) -> None:
    tokenizer = ChatTokenizer.load(model_folder(with_call(body)))
    arguments = {
        "town": '  "Bergen" & <co>\n', "limit": 37, "share": 1e-05, "none": None, "all": True, "at": [0, -1.5, "x"],
        "deep": {"b": {}, "a": False}, "": "", "blank": " ",
    }  # fmt: skip
    messages = [
        user("  spaces \n"),
        reply("\n I look. ", call(**arguments)),
        result(' {"a": "\\"CET\\""} '),
        reply("C"),
    ]
    assert text_of(tokenizer, messages).count("<tool_call>") == 1


def test_a_template_that_computes_with_texts_is_checked_by_the_texts_themselves(model_folder: Folder) -> None:
    counts = (
        "{% for m in messages %}<|im_start|>{{ m.role }}{{ m.content | length }}\n"
        "{% if m.role != 'user' or loop.index0 == 0 %}{{ m.content }}{% endif %}<|im_end|>{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant{% endif %}"
    )
    tokenizer = ChatTokenizer.load(model_folder(counts, name="counts"))
    assert prompt_ids([user(), reply("A")], [], tokenizer)
    with pytest.raises(DataError, match="template of counts leaves out a user's turn"):
        prompt_ids([user(), reply("A"), user("And Voss?")], [], tokenizer)


def test_a_template_that_fails_on_calls_is_quoted(model_folder: Folder) -> None:
    body = "{{ c.function.name }}{% if c.function.arguments %}{{ c.function.arguments | from_json }}{% endif %}"
    tokenizer = ChatTokenizer.load(model_folder(with_call(body), name="other"))
    words = "other refuses every tool call: No filter named 'from_json' found."
    assert refusal(tokenizer, [user(), reply("", call())]) == words
    assert "<|im_end|>" in text_of(tokenizer, [user(), reply("A")])


WANTS_NINE = (
    "{{ bos_token }}{% if tools %}[AVAILABLE_TOOLS]{{ tools | tojson }}[/AVAILABLE_TOOLS]{% endif %}"
    "{% for m in messages %}{% if m.role == 'user' %}[INST]{{ m.content }}[/INST]{% elif m.tool_calls %}[TOOL_CALLS]["
    "{% for c in m.tool_calls %}{% if c.id is not defined or c.id | length != 9 %}"
    "{{ raise_exception('an id has nine characters') }}{% endif %}"
    '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}, "id": "{{ c.id }}"}'
    "{% if not loop.last %}, {% endif %}{% endfor %}]</s>{% elif m.role == 'tool' %}"
    "{% if m.tool_call_id | length != 9 %}{{ raise_exception('an id has nine characters') }}{% endif %}"
    '[TOOL_RESULTS]{"content": {{ m.content }}, "call_id": "{{ m.tool_call_id }}"}[/TOOL_RESULTS]'
    "{% else %}{{ m.content }}</s>{% endif %}{% endfor %}"
)
GIVEN_IDS = [
    user(), reply("", {**call(), "id": "call_9f8e7d6c5b4a"}, {**call("count_rows", table="t"), "id": "abcdef123"}),
    result("7", "count_rows", tool_call_id="abcdef123"), result("CET", tool_call_id="call_9f8e7d6c5b4a"),
    reply("Both."),
]  # fmt: skip


def test_ids_of_nine_characters_are_made(model_folder: Folder) -> None:
    tokenizer = ChatTokenizer.load(model_folder(WANTS_NINE, name="nine", config={"eos_token": "</s>"}))
    text = text_of(tokenizer, [*SEVERAL, user(), reply("", call()), result("CET"), reply("CET")], [ZONE, ROWS])
    assert text.count('"id": "call0000') == text.count('"call_id": "call0000') == 3
    assert '"content": 7, "call_id": "call00002"' in text
    assert text.count("call00003") == 2
    text = text_of(tokenizer, GIVEN_IDS, [ZONE, ROWS])
    assert '"content": 7, "call_id": "abcdef123"' in text
    assert '{"town": "Bergen"}, "id": "call00001"' in text
    assert '"content": CET, "call_id": "call00001"' in text


KIMI = (
    "{% for t in tools or [] %}{{ t | tojson }}{% endfor %}{% for m in messages %}<|im_start|>{{ m.role }}"
    "{% if m.role == 'tool' %}## Return of {{ m.tool_call_id }}\n{% endif %}{{ m.content }}"
    "{% for c in m.tool_calls or [] %}<tool_call>{{ c.id }}|{{ c.function.arguments | tojson }}</tool_call>{% endfor %}"
    "<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant{% endif %}"
)
IN_TURN = KIMI.replace("{{ c.id }}", "functions.{{ c.function.name }}:{{ loop.index0 }}")


@pytest.mark.parametrize(("template", "third"), [(KIMI, 2), (IN_TURN, 0)])
def test_ids_that_hold_the_functions_name_are_made(template: str, third: int, model_folder: Folder) -> None:
    tokenizer = ChatTokenizer.load(model_folder(template))
    for messages in (SEVERAL, GIVEN_IDS):
        text = text_of(tokenizer, [*messages, user(), reply("", call()), result("CET"), reply("CET")], [ZONE, ROWS])
        assert text.count("functions.find_zone:0") == (2 if third else 4)
        assert text.count("functions.count_rows:1") == 2
        assert text.count(f"Return of functions.find_zone:{third}") == (1 if third else 2)
        assert "Return of functions.count_rows:1\n7" in text


def test_repeated_ids_are_told_apart(model_folder: Folder) -> None:
    tokenizer = ChatTokenizer.load(
        model_folder(KIMI.replace("## Return of {{ m.tool_call_id }}", "{{ m.tool_call_id }}"))
    )
    again = [user(), reply("", {**call(), "id": "a"}), result("CET", tool_call_id="a")]
    text = text_of(tokenizer, [*again, *again, reply("CET")])
    assert text.count("functions.find_zone:1") == 2


def test_refused_rows_are_one_line_with_a_count(family: Family) -> None:
    tokenizer, _ = family("gptoss")
    rows = [Example(messages=[SEVERAL[0], reply(f"Because {at}.", call()), *BESIDE[2:]], tools=[ZONE],
                    id=f"{at:032x}") for at in range(8)]  # fmt: skip
    rows.append(Example(messages=[user(), reply("CET")], id="f" * 32))
    found = lengths(rows, tokenizer, 999)
    reason = "the chat template of gptoss leaves out the text beside a call"
    assert found.refused == {reason: 8}
    assert (found.to_json()["rows"], found.to_json()["fit"]) == (9, 1)
    assert RenderedRows(rows, tokenizer).notices() == (f"8 rows left out: {reason}",)


def test_names_of_results_are_filled_in(model_folder: Folder) -> None:
    template = KIMI.replace("## Return of {{ m.tool_call_id }}", "{{ m.name }} returns")
    tokenizer = ChatTokenizer.load(model_folder(template))
    nameless = [{key: value for key, value in message.items() if key != "name"} for message in SEVERAL]
    assert "count_rows returns\n7" in text_of(tokenizer, nameless, [ZONE, ROWS])


def test_the_row_itself_is_left_as_it_is(nano: ChatTokenizer) -> None:
    before = json.dumps(GIVEN_IDS)
    render(Example(messages=GIVEN_IDS, tools=[ZONE, ROWS]), nano)
    assert json.dumps(GIVEN_IDS) == before
