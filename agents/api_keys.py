"""Where the keys of servers are kept: in the environment, or in the keyring of the system; nowhere else.

One rule: a key is never shown. It stands in no file of ours, message, log, event or repr; who wants to know whether
there is one learns where it is, not what it is.

A keyring may ask its owner to unlock it, and wait as long as they like. So it is asked in a thread of its own, not for
ever, and once for each name, however many minds, voices and ears want that key.

Source: the `keyring` package (MIT), which knows the keyrings of macOS, Windows and the Linux desktops.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

from agents import installed
from dialogue.errors import EngineError

SERVICE = "duologue"  # in the keyring
# Engine -> environment variable, and entry of the keyring.
NAMES = {"openai": "OPENAI_API_KEY", "ollama": "OLLAMA_API_KEY"}
UNLOCK_S = 30.0  # that a person may take to unlock their keyring
LONGEST = 1000  # characters of a key
# Of a key: an environment variable's. No word in it is as long as a key, which may be letters and digits alone, too.
NAME = re.compile(r"(?!.*[A-Za-z0-9]{20})[A-Za-z_][A-Za-z0-9_]{0,99}")
_answers: dict[str, Future[str | None]] = {}  # name -> what the keyring answered in this process, or still may
_door = threading.Lock()
LIKE_A_KEY = re.compile(  # how known providers begin theirs, long enough to be no word; and a password in an address
    r"\b(?:sk|pk|rk)[-_][\w-]{16,}|\b(?:hf|gsk|ghp|xai)[-_]\w{30,}|\bAIza[\w-]{30,}|\bBearer\s+\S{16,}"
    r"|//[^/\s@]+@|[?&][\w-]*(?:key|token|secret)=\S"
)


def environment(name: str) -> str | None:
    """The key that the environment holds under that name, if any."""
    return os.environ.get(name, "").strip() or None


def find(name: str) -> str | None:
    """The key of that name, from the environment or else the keyring, if any; blocks while the keyring is asked.

    Raises:
        EngineError: the keyring does not answer.
    """
    if key := environment(name):
        return key
    try:
        return _asking(name).result(UNLOCK_S)
    except TimeoutError:
        raise _locked(name) from None


async def find_soon(name: str) -> str | None:
    """The same, and the loop goes on meanwhile."""
    if key := environment(name):
        return key
    try:
        async with asyncio.timeout(UNLOCK_S):
            return await asyncio.wrap_future(_asking(name))
    except TimeoutError:
        raise _locked(name) from None


def _asking(name: str) -> Future[str | None]:
    """What the keyring answered, or will, perhaps."""
    with _door:
        if name in _answers:
            return _answers[name]
        answer = _answers[name] = Future()
        answer.set_running_or_notify_cancel()  # now nobody who stops waiting takes it from the others
    # A daemon, for a program that ends does not wait for a keyring that nobody unlocks.
    threading.Thread(target=lambda: answer.set_result(kept(name)), name="keyring", daemon=True).start()
    return answer


def _ask_anew(name: str) -> None:
    """Forget what the keyring answered: something else is in it now."""
    with _door:
        _answers.pop(name, None)


def _locked(name: str) -> EngineError:
    return EngineError(
        f"the keyring did not answer within {UNLOCK_S:g} s; unlock it, or put the key into the environment as {name}"
    )


def kept(name: str) -> str | None:
    """The key that the keyring holds; None without a keyring, or if it is locked or broken."""
    try:
        import keyring

        return keyring.get_password(SERVICE, name) or None
    except ImportError:
        return None
    except Exception:  # noqa: BLE001 - each backend fails in its own way; the server says whether it needs a key
        return None


def keep(name: str, key: str) -> None:
    """Put a key into the keyring, in place of the one before.

    Raises:
        EngineError: it cannot be a key, or there is no keyring.
    """
    if not key or len(key) > LONGEST or not key.isascii() or not key.isprintable() or " " in key:
        raise EngineError(
            f"that is no key: {len(key)} characters; expected 1 to {LONGEST} letters, digits and signs, without spaces"
        )
    _asked(name, lambda keyring: keyring.set_password(SERVICE, name, key))
    _ask_anew(name)


def check_keyring(name: str) -> None:
    """Raise before anybody types a key that could not be kept.

    Raises:
        EngineError: there is no keyring.
    """
    _asked(name, lambda keyring: keyring.get_password(SERVICE, name))


def remove(name: str) -> bool:
    """Take a key out of the keyring; False if there was none.

    Raises:
        EngineError: there is no keyring.
    """
    if _asked(name, lambda keyring: keyring.get_password(SERVICE, name)) is None:
        return False
    _asked(name, lambda keyring: keyring.delete_password(SERVICE, name))
    _ask_anew(name)
    return True


def where(name: str) -> str:
    """Where the key of that name is found: "environment NAME", "keyring", or "" if there is none.

    Raises:
        EngineError: the keyring does not answer.
    """
    if environment(name):
        return f"environment {name}"
    return "keyring" if find(name) else ""


def name_of(what: str) -> str:
    """The name of a key, for the name of an engine or that of an environment variable.

    Raises:
        EngineError: it is neither.
    """
    if what in NAMES:
        return NAMES[what]
    if like_a_key(what) or not NAME.fullmatch(what):
        raise EngineError(
            f"that is no name of a key, or it is the key itself, so it is not repeated here; expected {', '.join(NAMES)}, "
            f"or the name of an environment variable, such as {NAMES['openai']}, with no word of 20 letters or more"
        )
    return what


def like_a_key(text: str) -> bool:
    """Whether a key, or a password within an address, stands in a text."""
    return bool(LIKE_A_KEY.search(text))


def not_a_place(url: str) -> str:
    """Why an address is more than host, port and path; empty if it is not. Keys are put into what is more."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        return "expected an address such as http://localhost:8080/v1"
    if not parts.hostname:
        return "expected an address with a host, such as http://localhost:8080/v1"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "expected host, port and path alone; a name, password or key goes into the environment or the keyring"
    return ""


def _asked(name: str, ask: Any) -> Any:
    """What the keyring answers; its own errors may quote what they were given."""
    instead = f"put the key into the environment instead: {name}"
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise EngineError(f"{installed.lacking('keeping keys', ['keyring'])}; or {instead}") from None
    try:
        return ask(keyring)
    except keyring.errors.NoKeyringError:
        raise EngineError(f"this system has no keyring that could be used; {instead}") from None
    except Exception as error:  # noqa: BLE001 - each backend fails in its own way
        raise EngineError(f"the keyring refused ({type(error).__name__}); unlock it, or {instead}") from None
