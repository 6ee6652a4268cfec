"""One file from the web, resumed where it was broken off.

One rule: what is there already is asked for again only if it is another file by now. The half of a file lies beside
its place as .part, with the server's mark of that version (its ETag) beside it; the rest is asked for on condition of
that mark (If-Range), so that halves of two versions are never joined. A file that changed is sent whole and begun anew.

Why not a library: huggingface_hub throws half a file away when the program ends (since 2.0: each download has a
temporary file of its own), and pooch and urllib cannot resume at all. What is left over httpx is this page.

Source: RFC 9110, sections 13.1.5 (If-Range) and 14.2 (Range).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.models import offline, partial

REDIRECTS = 5
CHUNK = 1 << 16
MOST = 100  # tries of one file, even if each brings a little: a server that cuts every 10 MB still gives a gigabyte
LONGEST_S = 30.0  # between two tries, whatever a server asks for
SMALL = 4 << 20  # bytes of an answer that is read whole


class SourceError(Exception):
    """This source cannot give the file; another one may."""


class _Passing(Exception):
    """A failure that may be over soon."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Patience:
    """How long is waited.

    Args:
        stall_s: for the next byte. wait_s: before the second try; it doubles each time.
        tries: in a row that bring no byte.
        lock_s: for another program that pulls the same model.
    """

    stall_s: float = 20.0
    wait_s: float = 1.0
    tries: int = 4
    lock_s: float = 3600.0


USUAL = Patience()


def download(url: str, path: Path, size: int, progress: Callable[[int], None], patience: Patience = USUAL) -> Path:
    """Get a file of known size, or the rest of it.

    Args:
        path: its place in the end; it grows in `partial(path)`.
        progress: is told how many bytes are there.
    Returns:
        partial(path), of that size.
    Raises:
        SourceError: the server does not have it, has one of another size, or fails too often. What came is kept.
        OSError: it cannot be written.
    """
    part = partial(path)
    part.parent.mkdir(parents=True, exist_ok=True)

    def more(client: Any) -> None:
        if _length(part) < size:
            _go_on(client, url, part, size, progress)

    _patiently(url, more, lambda: _length(part), patience)
    return part


def small(url: str, patience: Patience = USUAL) -> bytes:
    """A whole answer, at most SMALL bytes.

    Raises:
        SourceError: as `download`.
    """
    data = b""

    def once(client: Any) -> None:
        nonlocal data
        with client.stream("GET", url) as answer:
            _refuse(answer)
            data = b""
            for chunk in answer.iter_bytes(CHUNK):
                data += chunk
                if len(data) > SMALL:
                    raise SourceError(f"answers with more than {SMALL} bytes")

    _patiently(url, once, lambda: 0, patience)
    return data


def fetch(
    at: str, path: Path, size: int, sha256: str | None, progress: Callable[[int], None], patience: Patience
) -> None:
    """A file from the web to its place, if its hash is right or none is known. Halves that do not fit together, because
    their server kept no mark apart, are begun anew once.

    Raises:
        SourceError: the server fails, or its file is another one.
    """
    halved = partial(path).is_file()
    part = download(at, path, size, progress, patience)
    try:
        settle(part, path, sha256)
    except SourceError:
        forget(path)
        if not halved:
            raise
        settle(download(at, path, size, progress, patience), path, sha256)
    forget(path)


def settle(new: Path, path: Path, sha256: str | None) -> None:
    """Move a file to its place if it is the right one; else delete it.

    Raises:
        SourceError: its hash is another one.
    """
    if sha256 is not None and (found := hashed(new)) != sha256:
        size = new.stat().st_size
        new.unlink()
        raise SourceError(f"another file: {size} bytes, SHA-256 {found[:12]}..., expected {sha256[:12]}...")
    new.replace(path)


def hashed(path: Path) -> str:
    """The SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def traces(path: Path) -> tuple[Path, Path, Path]:
    """A file, its half, and the mark of that half."""
    return path, partial(path), _mark(partial(path))


def forget(path: Path) -> None:
    """Delete half a file and its mark."""
    for half in traces(path)[1:]:
        half.unlink(missing_ok=True)


def _patiently(url: str, once: Callable[[Any], None], length: Callable[[], int], patience: Patience) -> None:
    """Try until it works, it never can, or it failed too often."""
    if offline():
        raise SourceError("no connection may be made")
    try:
        import httpx
    except ImportError as error:
        raise SourceError("httpx is not installed; run: python -m pip install httpx") from error

    failed = 0
    with httpx.Client(follow_redirects=True, max_redirects=REDIRECTS, timeout=patience.stall_s) as client:
        for _ in range(MOST):
            before, wait_s = length(), 0.0
            try:
                return once(client)
            except _Passing as problem:
                why, wait_s = str(problem), problem.wait_s
            except (httpx.TransportError, httpx.DecodingError) as problem:
                why = str(problem) or type(problem).__name__
                if isinstance(problem, httpx.TimeoutException):
                    why = f"silent for {patience.stall_s:g} s"
                elif isinstance(problem, httpx.UnsupportedProtocol):
                    raise SourceError(f"{why}: {url}") from problem
            except (httpx.TooManyRedirects, httpx.InvalidURL) as problem:
                raise SourceError(f"{problem}: {url}") from problem
            failed = 1 if length() > before else failed + 1
            if failed >= patience.tries:
                break
            time.sleep(min(max(wait_s, patience.wait_s * 2 ** (failed - 1)), LONGEST_S))
    raise SourceError(f"{why}; tried again in vain")


def _go_on(client: Any, url: str, part: Path, size: int, progress: Callable[[int], None]) -> None:
    """One request for what is missing."""
    begun, mark = _length(part), _mark(part)
    headers = {"Accept-Encoding": "identity"}  # a range of what is packed is of no use
    if begun and mark.is_file():
        headers |= {"Range": f"bytes={begun}-", "If-Range": mark.read_text("utf-8")}
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == 416:  # longer than what the server has: another file
            part.unlink()
            raise _Passing("the file changed")
        _refuse(answer)
        if answer.status_code != 206:
            begun = 0
        elif not answer.headers.get("Content-Range", "").startswith(f"bytes {begun}-"):
            part.unlink()
            raise _Passing("the server sent another range than it was asked for")
        whole = begun + int(answer.headers.get("Content-Length", size - begun))
        if whole != size:
            raise SourceError(f"has {whole} bytes, expected {size}")
        with open(part, "ab" if begun else "wb") as file:
            _remember(mark, answer.headers)  # not before the old half is gone: it must never bear the new mark
            progress(begun)
            for chunk in answer.iter_raw():  # as it comes: what waits for more is lost when the line breaks
                begun += len(chunk)
                if begun > size:
                    raise SourceError(f"sends more than {size} bytes")
                file.write(chunk)
                progress(begun)
    if begun < size:
        raise _Passing(f"ended after {begun} of {size} bytes")


def _refuse(answer: Any) -> None:
    """Raise unless the answer is what was asked for."""
    status = answer.status_code
    if status in (408, 429) or status >= 500:
        asked = answer.headers.get("Retry-After", "")
        raise _Passing(f"HTTP {status} {answer.reason_phrase}", float(asked) if asked.isdigit() else 0.0)
    if status in (401, 403):
        raise SourceError(f"HTTP {status}: only for those who signed in; get the files there, and name their folder")
    if status not in (200, 206):
        raise SourceError(f"HTTP {status} {answer.reason_phrase}")


def _length(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _mark(part: Path) -> Path:
    return part.with_name(part.name + ".etag")


def _remember(mark: Path, headers: Any) -> None:
    """Keep the mark of this version; a weak one tells nothing about bytes."""
    etag = headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        mark.write_text(etag, "utf-8")
    else:
        mark.unlink(missing_ok=True)
