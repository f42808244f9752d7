"""How to load a published adapter in four tools, as text for its card; true for each kind of base."""

from __future__ import annotations

import json
import shlex

__all__ = ["how_to_load"]


def how_to_load(kind: str, base: str, repo: str) -> str:
    """Write Markdown with a recipe for PEFT, mlx-lm, Ollama and vibecoder.

    `kind` is that of `vibecoder.hub.card.Base`; `base` its name: a hub id, `nano`, or a folder's last name.
    """
    where = base if kind in {"hub", "nano"} else f"PATH/TO/{base or 'BASE'}"
    blocks = [
        "## How to load it",
        f"The commands read the adapter from a folder:\n\n```sh\nhf download {repo} --local-dir adapter\n```",
        *_peft(kind, where),
        *_mlx(kind, where),
        *_ollama(kind),
        *_vibecoder(where),
    ]
    return "\n\n".join(blocks)


def _peft(kind: str, base: str) -> list[str]:
    nano = kind == "nano"
    code = [
        "from peft import PeftModel",
        "from transformers import AutoModelForCausalLM, AutoTokenizer",
        *(["", "from vibecoder.models import NANO"] if nano else []),
        "",
        "base = str(NANO)" if nano else f"base = {json.dumps(base)}",
        "tokenizer = AutoTokenizer.from_pretrained(base)",
        'model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), "adapter")',
    ]
    note = "nano is a folder in the installed `vibecoder` package, not a repository on the hub, so name it yourself:"
    return ["### PEFT and transformers", *([note] if nano else []), _fence("python", code)]


def _mlx(kind: str, base: str) -> list[str]:
    find = ['NANO=$(python -c "from vibecoder.models import NANO; print(NANO)")'] if kind == "nano" else []
    model = '"$NANO"' if kind == "nano" else shlex.quote(base)
    code = [*find, f'mlx_lm.generate --model {model} --adapter-path adapter --prompt "Write a function that ..."']
    return ["### mlx-lm", "It takes a local folder and reads `adapters.safetensors` in it:", _fence("sh", code)]


def _ollama(kind: str) -> list[str]:
    if kind == "nano":
        text = (
            "Not possible: it would need llama.cpp's converter, which knows tokenizers by a list, and nano's own is "
            "not on it."
        )
        return ["### Ollama", text]
    text = (
        "Ollama cannot take this folder as it is: its importer reads adapters of Llama, Mistral and Gemma models only. "
        "What works for every base that [llama.cpp](https://github.com/ggml-org/llama.cpp) knows: merge the adapter "
        "into the base, after the lines for PEFT above,"
    )
    merge = ['model.merge_and_unload().save_pretrained("merged")', 'tokenizer.save_pretrained("merged")']
    convert = [
        "python llama.cpp/convert_hf_to_gguf.py merged --outtype q8_0 --outfile merged.gguf",
        'echo "FROM ./merged.gguf" > Modelfile',
        "ollama create my-companion -f Modelfile",
        "ollama run my-companion",
    ]
    return ["### Ollama", text, _fence("python", merge), "then convert and import it:", _fence("sh", convert)]


def _vibecoder(base: str) -> list[str]:
    code = [
        "from pathlib import Path",
        "",
        "from vibecoder import plugins",
        "from vibecoder.models import resolve",
        "from vibecoder.rendering import ChatTokenizer, prompt_ids",
        "from vibecoder.types import ModelSpec",
        "",
        f"base = resolve({json.dumps(base)}).folder",
        "tokenizer = ChatTokenizer.load(base)",
        'backend = plugins.load().backend("mlx").open(ModelSpec(str(base)))  # "cuda" on an NVIDIA card',
        'prompt = prompt_ids([{"role": "user", "content": "Write a function that ..."}], (), tokenizer)',
        '[reply] = backend.generate([prompt], Path("adapter"), 200, tokenizer.stop_ids)',
        "print(tokenizer.decode(reply))",
    ]
    return ["### vibecoder", _fence("python", code)]


def _fence(language: str, lines: list[str]) -> str:
    return "\n".join([f"```{language}", *lines, "```"])
