"""Paths are shortened where a path begins, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vibecoder_datasets.importers.claude.paths import Paths

SITE = "/home/ann/site"


@pytest.mark.parametrize(
    ("cwd", "text"),
    [
        (SITE, "Move src/home/index.tsx to src/home/banner.tsx"),
        (SITE, "GET /api/Users/list and https://example.com/home/ann/x"),
        (SITE, "fetch('/api/Users/list')"),
        (SITE, "apps/web/Users/ann/page.tsx and ./home/ann/x, ../home/ann/y, ~/home/ann/z"),
        (SITE, "import Banner from '@/home/banner/Banner'"),
        (SITE, "$ROOT/home/bob/x ${ROOT}/home/bob/x $(pwd)/home/bob/x"),
        (SITE, 'href="/home/settings" and GET /home/settings/profile and /Users/{id}/posts and /Users/:id/posts'),
        (SITE, "C:\\app\\home\\ann\\x.py"),
        (SITE, "/home/linuxbrew/.linuxbrew/bin/brew and /Users/Shared/data/x"),
        ("/app", "src/app/page.tsx imports '@/app/lib' and ./app/x, ../app/y, packages/app/"),
        ("/app", "http://localhost/app/x and docker.io/app/x and user@host/app/x"),
        ("/app", '"$DIR"/app/x and ${DIR}/app/x and **/app/*.ts and my-/app/x'),
        ("/app", "cd /app && ls; WORKDIR /app"),
        ("/app", "/apple/pie and /app2/x and /application/x"),
        ("/src", "lib/src/main.c and -I../src/x and node_modules/src/x"),
        ("/code", "vscode/code/x.ts"),
        ("/workspace", "packages/workspace/a.ts"),
        ("/repo", "https://github.com/me/repo/issues and git@github.com:me/repo/x"),
        ("/", "/etc/hosts"),
        ("", "/etc/hosts"),
    ],
)
def test_a_path_within_another_stays(cwd: str, text: str) -> None:
    assert Paths(cwd).text(text) == text
    assert Paths(cwd).content(text) == text


@pytest.mark.parametrize(
    ("cwd", "text", "wanted"),
    [
        (SITE, "/home/ann/site/src/home/index.tsx", "src/home/index.tsx"),
        (SITE, "`/home/ann/site/a.py` (/home/ann/site/b.py) \"/home/ann/site/c.py\"", '`a.py` (b.py) "c.py"'),
        (SITE, "cd /home/ann/site && pytest /home/ann/site/", "cd . && pytest ./"),
        (SITE, "ls /home/ann/site/ -l; rm /home/ann/site/-x", "ls ./ -l; rm ./-x"),
        (SITE, "/home/ann/site-old/a and /home/ann/notes.txt and /home/ann", "~/site-old/a and ~/notes.txt and ~"),
        (SITE, "PATH=/usr/bin:/home/ann/bin -I/home/ann/include", "PATH=/usr/bin:~/bin -I~/include"),
        (SITE, "file:///home/ann/site/a.html", "file://~/site/a.html"),
        (SITE, "explain @/home/ann/site/a.py", "explain @~/site/a.py"),
        (SITE, "/home/bob/.ssh/config, /Users/eve/Library/x", "~/.ssh/config, ~/Library/x"),
        (SITE, "/mnt/c/Users/Eve/x /c/Users/Eve/x C:\\Users\\Eve\\x C:/Users/Eve/x", "~/x ~/x ~\\x ~/x"),
        (SITE, "/var/home/eve/x and \\\\wsl$\\Ubuntu\\home\\eve\\x", "~/x and ~\\x"),
        ("/app", "/app/src/app/page.tsx:3 and /app/", "src/app/page.tsx:3 and ./"),
        ("/app", "/home/ann/.ssh/config", "~/.ssh/config"),
        ("C:\\Users\\Jo Doe\\shop", "C:\\Users\\Jo Doe\\shop\\a.py and c:/users/jo doe/shop/b.py", "a.py and b.py"),
        ("C:\\Users\\Jo Doe\\shop", "C:\\Users\\Jo Doe\\notes.txt", "~\\notes.txt"),
        ("D:\\work\\shop", "D:\\work\\shop\\src\\a.py, /d/work/shop/b.py", "src\\a.py, b.py"),
    ],
)  # fmt: skip
def test_what_begins_a_path_is_shortened(cwd: str, text: str, wanted: str) -> None:
    assert Paths(cwd).text(text) == wanted


def test_the_folder_itself_is_a_dot() -> None:
    assert Paths("/app").relative("/app") == "."
    assert Paths("/app").relative("/app/") == "."
    assert Paths("C:\\Users\\Jo\\shop").relative("c:/Users/jo/shop") == "."
    assert Paths("/app").relative("/app/src/x.py") == "src/x.py"


def test_files_of_a_container_keep_their_text() -> None:
    text = "WORKDIR /app\nCOPY . /app/\nCMD python /app/main.py\n"
    assert Paths("/app").content(text) == text
    assert Paths(SITE).content("open('/home/ann/site/a')") == "open('a')"


def test_homes_of_other_folders_of_the_session_are_known() -> None:
    assert Paths("/app", ["/home/ann/x"]).text("ls /home/ann") == "ls ~"
    assert Paths("/app").text("ls /home/ann") == "ls /home/ann"


segments = st.sampled_from(["app", "src", "home", "Users", "ann", "lib", "x.py", "@", "index.tsx", "api", "."])


@given(st.lists(segments, min_size=1, max_size=5), st.sampled_from(["/app", "/src", "/home/ann/app", "/Users/ann/src"]))
def test_relative_paths_never_change(steps: list[str], cwd: str) -> None:
    path = "/".join(["x", *steps])
    for text in (path, f"import '{path}'", f"see {path}: ok", f"https://example.com/{path}", f"./{path}"):
        assert Paths(cwd).text(text) == text


@given(st.lists(segments.filter(lambda step: step != "."), min_size=1, max_size=5), st.sampled_from(["/app", SITE]))
def test_paths_below_the_folder_come_back(steps: list[str], cwd: str) -> None:
    assume(steps[0] != "@")  # then `@/home/ann` is left, which reads as a mention of that folder
    path = "/".join(steps)
    shortened = Paths(cwd).relative(f"{cwd}/{path}")
    assert shortened.removeprefix("./") == path
