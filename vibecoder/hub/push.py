"""Publish an adapter on the Hugging Face hub; every failure is one line that says what to do, and can be repeated."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vibecoder.errors import HubError
from vibecoder.hub.files import collect

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["Account", "Pushed", "check_repo", "push", "sign_in"]

WAITS = (1.0, 4.0)
"""Seconds before each further attempt, after a failure that may pass; the client's own retries come on top."""
TIMEOUT = 120.0
"""Seconds without a byte from the hub after which an attempt has failed."""

_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}", re.ASCII)
_PASSING = {408, 429, 500, 502, 503, 504}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose token it is, and the organisations that person belongs to."""

    name: str
    organisations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pushed:
    """A finished upload: the repository's `url`, the `commit` it ended in, the `files` it now holds from here."""

    url: str
    commit: str
    files: tuple[str, ...]
    private: bool


def check_repo(repo: str) -> None:
    """Refuse a name that is not `USER/REPO`.

    Raises:
        HubError: it is not; the rules are those of the hub.
    """
    if not _REPO.fullmatch(repo) or ".." in repo or "--" in repo or repo.endswith((".git", ".", "-")):
        raise HubError(
            f"{repo or 'an empty name'} is not a repository; give USER/REPO of letters, digits and single - _ . "
            "inside, for example alice/my-companion"
        )


def sign_in(token: str | None = None, endpoint: str | None = None) -> Account:
    """Ask the hub whose token this is: `token`, or what `hf auth login` or `HF_TOKEN` left.

    It is one small request: worth asking before a long run that ends in a push.

    Raises:
        HubError: no token, a token the hub refuses, or no connection.
    """
    return _account(_client(token, endpoint))


def push(folder: Path, repo: str, private: bool, token: str | None = None, endpoint: str | None = None) -> Pushed:
    """Upload the adapter in `folder`, a run's or an adapter's, as one commit to `repo`, which is created if need be.

    The local files stay as they are. Pushing again sends only what changed, and no commit when nothing did.
    A repository that is public already is not filled with what was to be `private`; one that is private stays so.

    Raises:
        ModelError: there is no finished adapter in `folder`.
        HubError: no token, no permission, or no connection after a few attempts.
    """
    check_repo(repo)
    upload = collect(folder, repo)
    api = _client(token, endpoint)
    account = _account(api)

    from huggingface_hub import CommitOperationAdd

    def ask(action: Callable[[], _T]) -> _T:
        return _ask(action, api.endpoint, f"the upload to {repo}", repo, account)

    ask(lambda: api.create_repo(repo, private=private, exist_ok=True))
    info = ask(lambda: api.repo_info(repo, timeout=TIMEOUT))
    if private and info.private is False:
        raise HubError(
            f"{repo} exists and is public, but this upload is private; pass --public, or choose another name"
        )
    # New operations at every attempt: a used one remembers what the hub held before a commit whose answer was lost.
    commit = ask(
        lambda: api.create_commit(
            repo,
            [CommitOperationAdd(path, content) for path, content in upload.items()],
            commit_message="Upload an adapter trained with vibecoder",
        )
    )
    return Pushed(f"{api.endpoint}/{repo}", commit.oid, tuple(upload), bool(info.private))


def _client(token: str | None, endpoint: str | None) -> HfApi:
    from huggingface_hub import HfApi, get_token

    token = token or get_token()
    if not token:
        raise HubError(
            "no Hugging Face token on this machine; run `hf auth login`, or set HF_TOKEN to a token with write access"
        )
    return HfApi(endpoint=endpoint, token=token, library_name="vibecoder", library_version=version("vibecoder"))


def _account(api: HfApi) -> Account:
    answer = _ask(api.whoami, api.endpoint, "signing in", "", None)
    organisations = tuple(str(org.get("name")) for org in answer.get("orgs") or ())
    return Account(str(answer.get("name")), organisations)


def _ask(action: Callable[[], _T], endpoint: str, what: str, repo: str, account: Account | None) -> _T:
    """Do `action`, again after each of `WAITS` while the failure is one that may pass; explain the last one."""
    from huggingface_hub import errors, get_session

    for wait in (*WAITS, None):
        get_session().timeout = TIMEOUT
        try:
            return action()
        except errors.OfflineModeIsEnabled as error:
            raise HubError(f"{what} is not possible while HF_HUB_OFFLINE is set; unset it and repeat") from error
        except (errors.HTTPError, OSError, RuntimeError, ValueError) as error:  # type: ignore[attr-defined]
            status = _status(error)
            if wait is None or not (status in _PASSING or _disconnected(error, errors.HTTPError)):  # type: ignore[attr-defined]
                raise _explain(error, status, endpoint, what, repo, account) from error
        time.sleep(wait)
    raise AssertionError("unreachable")


def _causes(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _status(error: BaseException) -> int | None:
    """Return the HTTP status behind an error of the client, which wraps those of single files."""
    found = (getattr(getattr(cause, "response", None), "status_code", None) for cause in _causes(error))
    return next((status for status in found if isinstance(status, int)), None)


def _disconnected(error: BaseException, http_error: type[BaseException]) -> bool:
    """Tell whether no answer came at all, or one that is no JSON where it should be, as gateways send it."""
    passing = (http_error, json.JSONDecodeError, ConnectionError, TimeoutError)
    return _status(error) is None and any(isinstance(cause, passing) for cause in _causes(error))


def _explain(
    error: Exception, status: int | None, endpoint: str, what: str, repo: str, account: Account | None
) -> HubError:
    reason = _reason(error)
    again = "the files stay where they are, and `vibecoder push` can be repeated"
    if status == 401 and account is None:
        return HubError(
            f"the hub refuses the token (401); run `hf auth login`, or set HF_TOKEN to a valid one ({reason})"
        )
    if status in {401, 403, 404, 409} and account:
        owner = repo.split("/")[0]
        if owner in (account.name, *account.organisations):
            return HubError(
                f"no permission to write to {repo} ({status}: {reason}); the token of {account.name} must have write "
                f"access, see {endpoint}/settings/tokens"
            )
        return HubError(
            f"{repo} cannot be written ({status}): the token is {account.name}'s, and {owner} is another's namespace "
            f"or holds a private repository of that name; push to {account.name}/{repo.split('/')[1]}, or sign in as "
            f"{owner}"
        )
    if status in _PASSING:
        return HubError(f"{what} failed after {len(WAITS) + 1} attempts: the hub answers {status} ({reason}); {again}")
    if status:
        return HubError(f"{what} failed: the hub answers {status} ({reason}); {again}")
    return HubError(f"{what} failed: no usable answer from {endpoint} ({reason}); check the connection: {again}")


def _reason(error: Exception) -> str:
    """Return the server's words where there are any, else the innermost error's, on one line."""
    causes = _causes(error)
    said = next((words for cause in causes if (words := getattr(cause, "server_message", None))), None)
    text = str(said or causes[-1]) or type(causes[-1]).__name__
    return " ".join(text.split())[:200]
