"""What minds, voices and ears behind a network have in common: where they are, how they fail, and how that is said.

One rule: nothing that a server or a library says reaches a person unread: no key, no page of HTML, no traceback.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from agents import api_keys, models
from dialogue.errors import EngineError, did_you_mean, nearest

URL = "https://api.openai.com/v1"
CONNECT_S = 2.0
LIST_S = 3.0  # for the list of models
WARM_S = 60.0  # for a server that loads a model from disk first
TRIES = 3  # before the first piece, never after it
HOMES = {"openai": "api.openai.com", "ollama": "ollama.com"}  # engine -> who gave the key that is called after it
AGAIN_S = 0.2  # before the second try; twice that before the third
SECRET = re.compile(r"\bBearer [\w.-]+|\b(?:sk|pk|key)[-_][\w.-]{6,}|\b[A-Za-z0-9_-]{32,}\b")


def said(text: object, secret: str | None = None) -> str:
    """One short line of what a server said, without anything that could be a key."""
    line = " ".join(re.sub(r"<[^>]*>", " ", str(text)).split())
    if secret:
        line = line.replace(secret, "***")
    return SECRET.sub("***", line)[:160] or "nothing"


def refused(
    who: str, status: int, answer: str, model: str, models: tuple[str, ...], key_name: str | None = ""
) -> EngineError:
    """The error for a status that is not 200.

    Args:
        answer: what the server said, already harmless. models: the ones it has, if it tells.
        key_name: where the key is looked for; None if nowhere, empty if the engine never sends one.
    """
    if 300 <= status < 400:
        return EngineError(
            f"{who}: it sends us on to another address ({status}), where neither key nor words go unasked; if you mean "
            "that one, set base_url to it"
        )
    if status in (401, 403):
        mend = (
            key_name
            and f"put a valid one into the environment as {key_name}, or run: duologue config key set {key_name}"
        )
        if key_name is None:
            mend = "none was sent, for none was chosen for that server; set key_name to the name of the one it wants"
        return EngineError(f"{who}: the key was refused ({status}); {mend or 'log in to that server'}")
    if status == 404:
        if models and model not in models:
            return EngineError(f"{who}: no model named '{model}'{did_you_mean(model, models)}")
        return EngineError(f"{who}: not found (404): {answer}; check base_url (it often ends with /v1) and the model")
    if status == 429:
        return EngineError(f"{who}: too many requests, or nothing left of the quota (429); wait, or use another model")
    if status >= 500:
        return EngineError(f"{who}: the server failed ({status}): {answer}; look into its log, or try again")
    near = f"; did you mean '{nearest(model, models)}'?" if model not in models and nearest(model, models) else ""
    return EngineError(f"{who}: the request was refused ({status}): {answer}{near}")


START = "start the server, or look whether its address is right and there is a connection to it"


def unreachable(who: str, start: str) -> EngineError:
    return EngineError(f"{who}: nobody answers there; {start}")


def garbage(who: str, of: str = "a language model") -> EngineError:
    return EngineError(f"{who}: what came back is no answer of {of}; check base_url")


def broken_off(who: str) -> EngineError:
    return EngineError(f"{who}: the connection broke in the middle of the answer")


def refuse_offline(who: str, url: str) -> None:
    """Raise if no connection may be made and this would be one; a server on this machine is none.

    Raises:
        EngineError: it would be.
    """
    if models.offline() and not is_here(url):
        raise EngineError(
            f"{who}: no connection may be made (--offline, {models.OFFLINE}); use --llm local, or a server on this "
            "machine"
        )


def is_here(url: str) -> bool:
    """Whether an address, perhaps without its http://, is one of this machine's own."""
    try:
        host = _parts(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_openai(url: str) -> bool:
    """Whether an address is OpenAI's own, and nobody reads along."""
    return _is_home(url, "openai")


def _is_home(url: str, engine: str) -> bool:
    parts = _parts(url)
    return parts.scheme == "https" and parts.hostname == HOMES[engine]


def name_of_key(url: str, chosen: str | None, engine: str = "openai") -> str | None:
    """Which key a server is sent: the one that was chosen for it. OpenAI's goes to OpenAI and to this machine, Ollama's
    to Ollama's own servers, for its daemons need none; to nobody else unless it was named."""
    meant = _is_home(url, engine) or (engine == "openai" and is_here(url))
    return chosen or (api_keys.NAMES[engine] if meant else None)


def checked(url: str) -> str:
    """An address without a slash at its end.

    Raises:
        EngineError: it is none, or holds more than a place: it is shown, and a key in it would be, too.
    """
    if not url.startswith(("http://", "https://")):
        raise EngineError(f"base_url is '{said(place(url))}'; expected http://... or https://...")
    if problem := api_keys.not_a_place(url):
        raise EngineError(f"base_url for {said(place(url))}: {problem}")
    return url.rstrip("/")


def place(url: str) -> str:
    """An address as it may be shown: host, port and path."""
    try:
        parts = _parts(url)
    except ValueError:
        return "a broken address"
    return parts.netloc.rpartition("@")[2] + parts.path


def bounded(who: str, most: int) -> Callable[[Any], Awaitable[None]]:
    """A hook for httpx that ends an answer, whatever it is, once more than so many bytes of it came. It must come as it
    is: a small packed one may unpack to gigabytes."""

    async def counted(pieces: Any) -> AsyncIterator[bytes]:
        left = most
        async for piece in pieces:
            left -= len(piece)
            if left < 0:
                raise EngineError(f"{who}: more than {most >> 20} MB in one answer; check base_url and model")
            yield piece

    async def bound(response: Any) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise EngineError(f"{who}: its answer is packed, which was not asked for; let it send answers as they are")
        inner = response.stream
        # Of the same library as the client, which is httpx or its successor, as the package openai likes it.
        (stream,) = (kind for kind in type(inner).__mro__ if kind.__name__ == "AsyncByteStream")
        members = {"__aiter__": lambda self: counted(inner), "aclose": lambda self: inner.aclose()}
        response.stream = type("Counted", (stream,), members)()

    return bound


def of_client(url: str) -> dict[str, Any]:
    """What httpx is told of an address: the way to this machine leads through nobody's proxy, whatever the
    environment says; and no server sends us on to another, which nobody has named."""
    return {"trust_env": not is_here(url), "follow_redirects": False}


def _parts(url: str) -> SplitResult:
    return urlsplit(url if "//" in url else f"//{url}")
