"""Write a ChatML template in Go's template language, as Ollama reads it.

Ollama hands tools and arguments on as Go maps. `json` would print them without spaces, with `<`, `>` and `&` escaped,
so prompts would differ from those that the model was tuned on. The template walks through them itself: texts are
printed by `printf "%q"`, parameters in the order of `required`, then as in the rows' own tools, then sorted. What stays
different: the order of other keys, which Ollama sorts, keys of a schema that it drops (`default`, `format`), control
characters, and `1.0`.
"""

from __future__ import annotations

from functools import cache

from vibecoder.export.ollama.chatml import ChatMl
from vibecoder.workspace.schemas import SCHEMAS

__all__ = ["go_template"]

# No space may be trimmed from texts, so no action has a dash; a brace before an action is printed by one.
_DEFINITIONS = """\
{{ define "value" }}{{ $type := printf "%T" . }}\
{{ if eq $type "string" }}{{ printf "%q" . }}\
{{ else if eq $type "map[string]interface {}" }}{{ template "object" . }}\
{{ else if eq $type "[]interface {}" }}\
[{{ range $at, $value := . }}{{ if $at }}, {{ end }}{{ template "value" $value }}{{ end }}]\
{{ else }}{{ json . }}{{ end }}{{ end }}\
{{ define "object" }}{{ "{" }}{{ $comma := "" }}\
{{ range $key, $value := . }}{{ $comma }}{{ printf "%q" $key }}: {{ template "value" $value }}{{ $comma = ", " }}\
{{ end }}}{{ end }}\
{{ define "names" }}[{{ range $at, $name := . }}{{ if $at }}, {{ end }}{{ printf "%q" $name }}{{ end }}]{{ end }}\
{{ define "type" }}{{ if eq (len .) 1 }}{{ printf "%q" (index . 0) }}\
{{ else }}{{ template "names" . }}{{ end }}{{ end }}\
{{ define "property" }}{{ "{" }}{{ $comma := "" }}\
{{ if .AnyOf }}"anyOf": [{{ range $at, $each := .AnyOf }}{{ if $at }}, {{ end }}{{ template "property" $each }}\
{{ end }}]{{ $comma = ", " }}{{ end }}\
{{ if .Type }}{{ $comma }}"type": {{ template "type" .Type }}{{ $comma = ", " }}{{ end }}\
{{ if .Description }}{{ $comma }}"description": {{ printf "%q" .Description }}{{ $comma = ", " }}{{ end }}\
{{ if .Enum }}{{ $comma }}"enum": {{ template "value" .Enum }}{{ $comma = ", " }}{{ end }}\
{{ if .Items }}{{ $comma }}"items": {{ template "value" .Items }}{{ $comma = ", " }}{{ end }}\
{{ if .Properties }}{{ $comma }}"properties": {{ "{" }}{{ $inner := "" }}\
{{ range $name, $each := .Properties.ToMap }}{{ $inner }}{{ printf "%q" $name }}: {{ template "property" $each }}\
{{ $inner = ", " }}{{ end }}}{{ $comma = ", " }}{{ end }}\
{{ if .Required }}{{ $comma }}"required": {{ template "names" .Required }}{{ end }}}{{ end }}\
{{ define "tool" }}{"type": "function", "function": {"name": {{ printf "%q" .Function.Name }}\
{{ if .Function.Description }}, "description": {{ printf "%q" .Function.Description }}{{ end }}\
{{ $all := .Function.Parameters.Properties }}{{ $required := .Function.Parameters.Required }}\
{{ if .Function.Parameters.Type }}, "parameters": {"type": {{ printf "%q" .Function.Parameters.Type }}, "properties": \
{{ "{" }}{{ $comma := "" }}\
{{ range $name := $required }}{{ $comma }}{{ printf "%q" $name }}: {{ template "property" (index $all $name) }}\
{{ $comma = ", " }}{{ end }}\
FIRST\
{{ range $name, $property := $all }}{{ $again := eq $name NAMES }}\
{{ range $other := $required }}{{ if eq $other $name }}{{ $again = true }}{{ end }}{{ end }}\
{{ if not $again }}{{ $comma }}{{ printf "%q" $name }}: {{ template "property" $property }}{{ $comma = ", " }}{{ end }}\
{{ end }}}{{ if $required }}, "required": {{ template "names" $required }}{{ end }}}{{ end }}}}{{ end }}"""
_FIRST = """\
{{ range $at, $property := $all }}{{ $again := ne $at NAME }}\
{{ range $other := $required }}{{ if eq $other $at }}{{ $again = true }}{{ end }}{{ end }}\
{{ if not $again }}{{ $comma }}{{ printf "%q" $at }}: {{ template "property" $property }}{{ $comma = ", " }}{{ end }}\
{{ end }}"""
_LEAD = """\
{{ $lead := false }}{{ range $at, $turn := .Messages }}{{ if and (eq $at 0) (eq $turn.Role "system") }}\
{{ $lead = true }}{{ end }}{{ end }}"""
_PLAIN_TURNS = """\
{{ range $at, $turn := .Messages }}{{ if or $at (ne .Role "system") }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}{{ end }}"""
# Ollama takes the first text under the first `if .ToolCalls` for the mark of a call: the outer `if` must not name it.
_TURNS = """\
{{ $before := "" }}{{ range $at, $turn := .Messages }}\
{{ if and (eq $before "tool") (ne .Role "tool") }}<|im_end|>
{{ end }}\
{{ if eq .Role "tool" }}{{ if ne $before "tool" }}<|im_start|>user{{ end }}
<tool_response>
{{ .Content }}
</tool_response>\
{{ else if and (eq .Role "assistant") (len .ToolCalls) }}<|im_start|>assistant{{ if .Content }}
{{ .Content }}{{ end }}\
{{ if .ToolCalls }}{{ range .ToolCalls }}
<tool_call>
{"name": "{{ .Function.Name }}", "arguments": {{ template "object" .Function.Arguments }}}
</tool_call>{{ end }}{{ end }}<|im_end|>
{{ else if or $at (ne .Role "system") }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}\
{{ $before = .Role }}{{ end }}\
{{ if eq $before "tool" }}<|im_end|>
{{ end }}"""


def go_template(form: ChatMl) -> str:
    """Write the Go template that prints what a ChatML template with these words prints."""
    tools = form.before_tools is not None
    conversation = f"{_LEAD}{_system_turn(form, tools)}{_TURNS if tools else _PLAIN_TURNS}<|im_start|>assistant\n"
    if form.infill is not None:
        before, suffix, middle = map(_literal, form.infill)
        asked = f"{before}{{{{ .Prompt }}}}{suffix}{{{{ .Suffix }}}}{middle}"
        conversation = f"{{{{ if .Suffix }}}}{asked}{{{{ else }}}}{conversation}{{{{ end }}}}"
    return f"{_definitions() if tools else ''}{conversation}"


@cache
def _definitions() -> str:
    """Write the definitions, with the optional parameters first that rows show before others of their tool."""
    first: list[str] = []
    for tool in SCHEMAS.values():
        shown = tool["function"]["parameters"]
        optional = [name for name in shown["properties"] if name not in shown["required"]]
        if optional != sorted(optional):
            first += optional[:-1]
    names = [f'"{name}"' for name in dict.fromkeys(first)]
    loops = "".join(_FIRST.replace("NAME", name) for name in names)
    return _DEFINITIONS.replace("FIRST", loops).replace("NAMES", " ".join(names))


def _system_turn(form: ChatMl, tools: bool) -> str:
    default = _literal(form.system or "")
    first = f"{{{{ if $lead }}}}{{{{ (index .Messages 0).Content }}}}{{{{ else }}}}{default}{{{{ end }}}}"
    offered = ""
    if tools:
        before, after = _literal(form.before_tools or ""), _literal(form.after_tools or "")
        if form.alone != form.before_tools:
            before = f"{{{{ if $lead }}}}{before}{{{{ else }}}}{_literal(form.alone or '')}{{{{ end }}}}"
        shown = '{{ range .Tools }}\n{{ template "tool" . }}{{ end }}'
        offered = f"{{{{ if .Tools }}}}{before}{shown}{after}{{{{ end }}}}"
    turn = f"<|im_start|>system\n{first}{offered}<|im_end|>\n"
    if form.system is not None:
        return turn
    return f"{{{{ if {'or $lead .Tools' if tools else '$lead'} }}}}{turn}{{{{ end }}}}"


def _literal(text: str) -> str:
    """Write a text that may hold the marks of an action."""
    return text.replace("{{", '{{ "{{" }}')
