"""What minds, voices and ears behind a network have in common: where they are, how they fail, and how that is said.

One rule: nothing that a server or a library says reaches a person unread: no key, no page of HTML, no traceback.
"""

from __future__ import annotations

import os
import re

from dialogue.errors import EngineError, did_you_mean, nearest

CONNECT_S = 2.0
LIST_S = 3.0  # for the list of models
WARM_S = 60.0  # for a server that loads a model from disk first
TRIES = 3  # before the first piece, never after it
AGAIN_S = 0.2  # before the second try; twice that before the third
KEY = "OPENAI_API_KEY"
SECRET = re.compile(r"\bBearer [\w.-]+|\b(?:sk|pk|key)[-_][\w.-]{6,}|\b[A-Za-z0-9_-]{32,}\b")


def key(of: str | None = None) -> str | None:
    """The key a person keeps in the environment, or in the keyring of their system, under the service duologue.

    Args:
        of: name of the variable, and of the entry.
    """
    name = of or KEY
    if found := os.environ.get(name, "").strip():
        return found
    try:
        import keyring
    except ImportError:
        return None
    try:
        return keyring.get_password("duologue", name)
    except Exception:  # noqa: BLE001 - a keyring that is locked or broken is no keyring; the server says if it needs one
        return None


def said(text: object, secret: str | None = None) -> str:
    """One short line of what a server said, without anything that could be a key."""
    line = " ".join(re.sub(r"<[^>]*>", " ", str(text)).split())
    if secret:
        line = line.replace(secret, "***")
    return SECRET.sub("***", line)[:160] or "nothing"


def refused(who: str, status: int, answer: str, model: str, models: tuple[str, ...]) -> EngineError:
    """The error for a status that is not 200.

    Args:
        answer: what the server said, already harmless. models: the ones it has, if it tells.
    """
    if status in (401, 403):
        return EngineError(f"{who}: the key was refused ({status}); put a valid one into {KEY}, or into the keyring")
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


def unreachable(who: str, start: str) -> EngineError:
    return EngineError(f"{who}: nobody answers there; {start}")


def garbage(who: str, of: str = "a language model") -> EngineError:
    return EngineError(f"{who}: what came back is no answer of {of}; check base_url")


def broken_off(who: str) -> EngineError:
    return EngineError(f"{who}: the connection broke in the middle of the answer")
