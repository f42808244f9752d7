"""A small Hugging Face hub on loopback, speaking as much of its HTTP API as the real client needs to push and fetch.

Run as: python tests/vibecoder/hub_server.py  (prints its address; the tokens are `token-alice` and `token-bob`)
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

__all__ = ["Hub", "Repo", "User"]


@dataclass
class User:
    name: str
    organisations: tuple[str, ...] = ()
    writes: bool = True


@dataclass
class Repo:
    """`commits` holds (oid, all files of that commit), oldest first."""

    private: bool
    commits: list[tuple[str, dict[str, bytes]]] = field(default_factory=list)

    def commit(self, changed: dict[str, bytes]) -> str:
        files = {**(self.commits[-1][1] if self.commits else {}), **changed}
        oid = hashlib.sha1(repr((len(self.commits), sorted(files.items()))).encode()).hexdigest()
        self.commits.append((oid, files))
        return oid

    @property
    def head(self) -> str:
        return self.commits[-1][0]

    @property
    def files(self) -> dict[str, bytes]:
        return self.commits[-1][1]


class Hub:
    """The server; a context manager. `fail` makes coming requests fail, `asked` counts those that came."""

    def __init__(self) -> None:
        self.users = {"token-alice": User("alice", ("guild",)), "token-bob": User("bob")}
        self.repos: dict[str, Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self.failures: list[tuple[re.Pattern[str], int, bool]] = []
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Hub:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def create(self, repo: str, private: bool) -> Repo:
        self.repos[repo] = Repo(private)
        self.repos[repo].commit({".gitattributes": b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n"})
        return self.repos[repo]

    def fail(self, request: str, status: int, times: int = 1, after: bool = False) -> None:
        """Answer the next `times` requests matching `request` ("METHOD /path") with `status`.

        With `after` the request is carried out first, as when its answer is lost on the way.
        """
        self.failures += [(re.compile(request), status, after)] * times


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _handle(self) -> None:
        path = unquote(urlsplit(self.path).path)
        asked = f"{self.command} {path}"
        self.hub.asked[asked] += 1
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.user = self.hub.users.get(token)
        self.answered = False
        failure = next((f for f in self.hub.failures if f[0].match(asked)), None)
        if failure:
            self.hub.failures.remove(failure)
            self.lost = failure[2]
            if not failure[2]:
                return self._answer(failure[1], b"<html>out of order</html>", {"Content-Type": "text/html"})
            self._route(path)
            self.lost = False
            return self._answer(failure[1], b"<html>out of order</html>", {"Content-Type": "text/html"})
        self.lost = False
        if token and not self.user and path.startswith("/api/"):
            return self._refuse(401, "Invalid credentials in Authorization header")
        return self._route(path)

    do_GET = do_HEAD = do_POST = do_PUT = _handle

    def _route(self, path: str) -> None:
        for pattern, method in _ROUTES:
            match = re.fullmatch(pattern, f"{self.command} {path}")
            if match:
                return method(self, **match.groupdict())
        return self._refuse(404, f"no such page: {self.command} {path}")

    # --- Answers ---

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        if self.lost:
            return
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _json(self, value: Any, status: int = 200) -> None:
        self._answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, words: str, code: str = "") -> None:
        headers = {"Content-Type": "application/json", "X-Error-Message": words}
        self._answer(status, json.dumps({"error": words}).encode(), headers | ({"X-Error-Code": code} if code else {}))

    # --- Permissions: a private repository of another does not exist for you ---

    def _owns(self, repo: str) -> bool:
        return bool(self.user) and repo.split("/")[0] in (self.user.name, *self.user.organisations)

    def _readable(self, name: str) -> Repo | None:
        repo = self.hub.repos.get(name)
        if repo and (not repo.private or self._owns(name)):
            return repo
        self._refuse(404 if self.user else 401, "Repository not found", "RepoNotFound")
        return None

    def _writable(self, name: str) -> Repo | None:
        repo = self._readable(name)
        if repo and not (self._owns(name) and self.user.writes):
            self._refuse(403, "You have read access but not the required permissions for this operation")
            return None
        return repo

    # --- Account and repositories ---

    def _whoami(self) -> None:
        if not self.user:
            return self._refuse(401, "Invalid username or password.")
        return self._json(
            {"type": "user", "name": self.user.name, "orgs": [{"name": o} for o in self.user.organisations]}
        )

    def _create(self) -> None:
        asked = json.loads(self.body)
        owner = asked.get("organization") or (self.user.name if self.user else "")
        name = f"{owner}/{asked['name']}"
        if not self._owns(name) or not self.user.writes:
            return self._refuse(403, f'You don\'t have the rights to create a model under the namespace "{owner}"')
        answer = {"url": f"{self.hub.url}/{name}", "name": name}
        if name in self.hub.repos:
            return self._json({**answer, "error": "You already created this model repo"}, 409)
        self.hub.create(name, asked.get("visibility") == "private" or asked.get("private") is True)
        return self._json(answer)

    def _info(self, name: str, revision: str = "main") -> None:
        repo = self._readable(name)
        if repo:
            siblings = [{"rfilename": path} for path in repo.files]
            self._json({"id": name, "sha": repo.head, "private": repo.private, "siblings": siblings, "tags": []})

    def _tree(self, name: str, revision: str) -> None:
        repo = self._readable(name)
        if repo:
            self._json([_entry(path, content) for path, content in repo.files.items()])

    # --- Uploading: modes, large objects, commit ---

    def _validate(self) -> None:
        content = json.loads(self.body)["content"]
        match = re.match(r"---\n(.*?)\n---\n", content, re.DOTALL)
        matter = yaml.safe_load(match[1]) if match else {}
        errors = []
        if matter.get("license") == "other" and not matter.get("license_name"):
            errors.append('"license_name" is required when "license" is "other"')
        if "base_model" in matter and not re.fullmatch(r"[\w.-]+/[\w.-]+", str(matter["base_model"])):
            errors.append('"base_model" is not a model id on the hub')
        answer = {"errors": [{"message": message} for message in errors], "warnings": []}
        self._json(answer, 400 if errors else 200)

    def _preupload(self, name: str, revision: str) -> None:
        repo = self._writable(name)
        if repo:
            files = [
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if file["path"].endswith((".safetensors", ".png")) else "regular",
                    "shouldIgnore": False,
                    "oid": _oid(file["path"], repo.files[file["path"]]) if file["path"] in repo.files else None,
                }
                for file in json.loads(self.body)["files"]
            ]
            self._json({"files": files})

    def _batch(self, name: str) -> None:
        if not self._writable(name):
            return
        answers = []
        for asked in json.loads(self.body)["objects"]:
            actions = {
                "upload": {"href": f"{self.hub.url}/lfs/{asked['oid']}"},
                "verify": {"href": f"{self.hub.url}/lfs-verify"},
            }
            answers.append(asked if asked["oid"] in self.hub.objects else {**asked, "actions": actions})
        self._json({"transfer": "basic", "objects": answers})

    def _put(self, oid: str) -> None:
        if hashlib.sha256(self.body).hexdigest() != oid:
            return self._refuse(400, "the content does not have this hash")
        self.hub.objects[oid] = self.body
        return self._answer(200, b"", {})

    def _verify(self) -> None:
        asked = json.loads(self.body)
        whole = len(self.hub.objects.get(asked["oid"], b"")) == asked["size"]
        self._json({}) if whole else self._refuse(404, "no such object")

    def _commit(self, name: str, revision: str) -> None:
        repo = self._writable(name)
        if not repo:
            return
        changed = {}
        for line in map(json.loads, self.body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                changed[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                changed[value["path"]] = self.hub.objects[value["oid"]]
        oid = repo.commit(changed)
        self._json({"success": True, "commitOid": oid, "commitUrl": f"{self.hub.url}/{name}/commit/{oid}"})

    # --- Downloading ---

    def _resolve(self, name: str, revision: str, file: str) -> None:
        repo = self._readable(name)
        if not repo:
            return
        if file not in repo.files:
            return self._refuse(404, "Entry not found", "EntryNotFound")
        content = repo.files[file]
        headers = {"ETag": f'"{_oid(file, content)}"', "X-Repo-Commit": repo.head, "Accept-Ranges": "none"}
        return self._answer(200, content, headers)


def _oid(path: str, content: bytes) -> str:
    """What git, or for large files LFS, calls this content."""
    if path.endswith((".safetensors", ".png")):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _entry(path: str, content: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(content), "oid": _oid(path, content)[:40]}
    if path.endswith((".safetensors", ".png")):
        entry["lfs"] = {"oid": _oid(path, content), "size": len(content), "pointerSize": 134}
    return entry


_NAME = r"(?P<name>[^/]+/[^/]+)"
_ROUTES: list[tuple[str, Any]] = [
    (r"GET /api/whoami-v2", _Handler._whoami),
    (r"POST /api/repos/create", _Handler._create),
    (r"POST /api/validate-yaml", _Handler._validate),
    (rf"GET /api/models/{_NAME}", _Handler._info),
    (rf"GET /api/models/{_NAME}/revision/(?P<revision>[^/]+)", _Handler._info),
    (rf"GET /api/models/{_NAME}/tree/(?P<revision>[^/]+)", _Handler._tree),
    (rf"POST /api/models/{_NAME}/preupload/(?P<revision>[^/]+)", _Handler._preupload),
    (rf"POST /{_NAME}\.git/info/lfs/objects/batch", _Handler._batch),
    (r"PUT /lfs/(?P<oid>[0-9a-f]{64})", _Handler._put),
    (r"POST /lfs-verify", _Handler._verify),
    (rf"POST /api/models/{_NAME}/commit/(?P<revision>[^/]+)", _Handler._commit),
    (rf"(?:GET|HEAD) /{_NAME}/resolve/(?P<revision>[^/]+)/(?P<file>.+)", _Handler._resolve),
]


if __name__ == "__main__":
    with Hub() as running:
        print(running.url, flush=True)
        threading.Event().wait()
