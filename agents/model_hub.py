"""Models of the Hugging Face hub that are not in the manifest, by owner/repository: those that hear words.

One rule: trust on first use. At the first pull the hub tells the commit, the size of each file and the SHA-256 of the
large ones; that and the hashes of what came are written down. From then on only the very same bytes are read, and from
that commit alone more is pulled.

Only CTranslate2's files are taken; none of them can carry code. HF_ENDPOINT names a mirror, as everywhere.

Source: huggingface.co/docs/hub/api, `GET /api/models/{repo}`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from agents import models
from agents.model_list import Hub
from agents.model_web import USUAL, Patience, SourceError, fetch, hashed, small
from dialogue.errors import ModelFileError

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
WANTED = re.compile(r"model\.bin|config\.json|tokenizer\.json|preprocessor_config\.json|vocabulary\.(txt|json)")
NEEDED = frozenset({"model.bin", "config.json", "tokenizer.json"})
COMMIT = re.compile(r"[0-9a-f]{40}")
RECORD = "record.json"
MOST = 20 << 30  # bytes; no model that hears words is larger


@dataclass(frozen=True)
class Offered:
    """A file, as the hub tells of it; a small one has no hash before it came."""

    size: int
    sha256: str | None


@dataclass(frozen=True)
class Offer:
    """A model at one commit."""

    repo: str
    commit: str
    licence: str
    files: dict[str, Offered]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files.values())


def is_name(name: str) -> bool:
    """Whether this is a name of the hub: owner/repository."""
    return NAME.fullmatch(name) is not None and ".." not in name and "--" not in name


def endpoint() -> str:
    """The hub's address."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def url(source: Hub) -> str:
    """Where a file of the hub is."""
    return f"{endpoint()}/{source.repo}/resolve/{source.revision}/{quote(source.path)}"


def folder(name: str) -> Path:
    """Where a model of the hub is kept."""
    return models.cache() / "hub" / name.replace("/", "--")


def names() -> tuple[str, ...]:
    """The models of the hub that are here."""
    records = sorted((models.cache() / "hub").glob(f"*/{RECORD}"))
    return tuple(record.parent.name.replace("--", "/", 1) for record in records)


def recorded(name: str) -> Offer | None:
    """What was written down when a model came; None if it never did.

    Raises:
        ModelFileError: the record is damaged.
    """
    path = folder(name) / RECORD
    try:
        kept = json.loads(path.read_bytes())
        files = {file: Offered(int(its["size"]), its["sha256"]) for file, its in kept["files"].items()}
        if not (all(map(WANTED.fullmatch, files)) and COMMIT.fullmatch(kept["commit"]) and kept["repo"] == name):
            raise ValueError("not what we wrote")
        return Offer(name, kept["commit"], str(kept["licence"]), files)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"{path} is damaged; run: duologue models remove {name}, then pull it again") from error


def here(name: str) -> bool:
    """Whether all of a model is here."""
    record = recorded(name)
    return record is not None and all((folder(name) / file).is_file() for file in record.files)


def verified(name: str) -> Path:
    """The folder of a model, after every file was found to be what came at first.

    Raises:
        ModelFileError: it is not here, or a file is not the one that came.
    """
    record = recorded(name)
    if record is None:
        raise ModelFileError(f"model '{name}' of the hub is not here; run: duologue models pull {name}")
    for file, its in record.files.items():
        path = folder(name) / file
        try:
            found = hashed(path)
        except OSError as error:
            raise ModelFileError(
                f"model '{name}': cannot read {path} ({error.strerror}); run: duologue models pull {name}"
            ) from error
        if found != its.sha256:
            raise ModelFileError(
                f"model '{name}': {path} is not the file that came at first: SHA-256 {found[:12]}..., expected "
                f"{its.sha256[:12]}...; run: duologue models pull {name}"
            )
    return folder(name)


def ask(name: str, patience: Patience = USUAL) -> Offer:
    """What the hub has under a name; at the commit that was pulled before, if one was.

    Raises:
        ModelFileError: the hub cannot be asked, has no such model, or its files are not CTranslate2's.
    """
    before = recorded(name)
    if before is not None:
        return before
    at = f"{endpoint()}/api/models/{name}?blobs=true"
    try:
        told = json.loads(small(at, patience))
        commit, files = str(told["sha"]), {}
        for file in told["siblings"]:
            if WANTED.fullmatch(file["rfilename"]):
                files[file["rfilename"]] = Offered(int(file["size"]), (file.get("lfs") or {}).get("sha256"))
        licence = str((told.get("cardData") or {}).get("license") or "not told")[:80]
        if not COMMIT.fullmatch(commit) or not 0 < sum(f.size for f in files.values()) < MOST:
            raise ValueError("no commit or no files of a likely size")
    except SourceError as error:
        raise ModelFileError(f"model '{name}': {at}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"model '{name}': {at} answers in no way that we understand ({error})") from error
    if absent := NEEDED - files.keys():
        raise ModelFileError(
            f"model '{name}' is not in CTranslate2's format: it has no {', '.join(sorted(absent))}; expected a "
            "conversion for faster-whisper, such as Systran/faster-whisper-small"
        )
    return Offer(name, commit, licence, files)


def got(offer: Offer) -> int:
    """Bytes of an offer that are here already, halves too."""
    total = 0
    for file, its in offer.files.items():
        path = folder(offer.repo) / file
        there = next((p for p in (path, models.partial(path)) if p.is_file()), None)
        total += min(there.stat().st_size, its.size) if there else 0
    return total


def get(offer: Offer, progress: Callable[[int], None], patience: Patience = USUAL) -> None:
    """Pull what is missing or damaged, and write down what came.

    Raises:
        ModelFileError: the hub fails.
    """
    done, came = 0, {}
    for file, its in offer.files.items():
        path = folder(offer.repo) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or its.sha256 is None or hashed(path) != its.sha256:
            source = Hub(offer.repo, offer.commit, file)
            try:
                fetch(url(source), path, its.size, its.sha256, lambda n, at=done: progress(at + n), patience)
            except SourceError as error:
                raise ModelFileError(f"model '{offer.repo}': {file} could not be pulled: {error}") from error
        came[file] = Offered(its.size, hashed(path))
        done += its.size
        progress(done)
    record = folder(offer.repo) / RECORD
    new = record.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(asdict(Offer(offer.repo, offer.commit, offer.licence, came)), indent=2), "utf-8")
    new.replace(record)
