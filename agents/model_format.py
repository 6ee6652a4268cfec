"""What a file that a person calls a model really is, before a runtime is let near it.

One rule: nothing that can carry code is ever opened. A pickle, as PyTorch writes them, runs whatever its maker wanted
when it is loaded; so only GGUF, ONNX, safetensors and CTranslate2's format pass, told by their first bytes and never by
their names. What is none of them is named, because the usual mistakes are few: a web page that was saved in place of
the file, the pointer that Git LFS leaves, half a download.

Sources: the GGUF specification (ggml, docs/gguf.md); safetensors' README; CTranslate2, python/ctranslate2/specs.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import BinaryIO

from dialogue.errors import ModelFileError

GGUF, ONNX, SAFETENSORS, CTRANSLATE2 = "GGUF", "ONNX", "safetensors", "CTranslate2"
KNOWN = (
    (b"GGUF", GGUF),
    (b"PK\x03\x04", "a zip archive or a PyTorch checkpoint, which holds pickles"),
    (b"\x80", "a pickle"),
    (b"version https://git-lfs", "a pointer of Git LFS, in place of the file; fetch it with: git lfs pull"),
    (b"<", "a web page"),
    (b"{", "a text in JSON"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"lmgg", "a model of llama.cpp's first years"),
    (b"\x89HDF", "a Keras model, which can carry code"),
)
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # of GGUF's types of one number
TEXT, LIST = 8, 9
TEMPLATE = b"tokenizer.chat_template"
VERSIONS = (2, 3)
MOST = 1 << 20  # entries of a table; the largest vocabularies have a quarter
FILES = ("model.bin", "config.json", "tokenizer.json")  # of CTranslate2; without the last, one would be downloaded


def kind(path: Path) -> str:
    """What a file is: one of the formats above, or a description of what it is instead.

    Raises:
        ModelFileError: it is not there, no file, or cannot be read.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(64)
    except OSError as error:
        raise ModelFileError(f"cannot read model '{path}' ({error.strerror})") from error
    if not head:
        return "empty"
    if head[6:].startswith((b"WhisperSpec\0", b"TransformerSpec\0")):
        return CTRANSLATE2
    if len(head) > 9 and head[8:9] == b"{" and 2 <= struct.unpack("<Q", head[:8])[0] < path.stat().st_size:
        return SAFETENSORS
    if head[:1] == b"\x08" and head[1] < 32 and head[2:3] in (b"\x12", b"\x1a", b"\x22", b"\x2a", b"\x3a", b"\x42"):
        return ONNX  # field 1 is the version, a small number; then another field of a ModelProto
    stripped = head.lstrip()
    return next((told for first, told in KNOWN if (stripped if first in b"<{" else head).startswith(first)), "unknown")


def check(path: Path, wanted: str) -> None:
    """Raise unless a file is a whole model in the format that is wanted.

    Raises:
        ModelFileError: it is something else, or only the beginning of one.
    """
    found = kind(path)
    if found != wanted:
        raise ModelFileError(f"'{path}' is no {wanted} file: it is {found}; expected a model in the format {wanted}")
    size = path.stat().st_size
    try:
        with open(path, "rb") as file:
            least = {GGUF: _gguf, SAFETENSORS: _safetensors}.get(wanted, lambda _: 0)(file)
    except (struct.error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelFileError(
            f"'{path}' begins as a {wanted} file, but what follows makes no sense ({error}); download it again"
        ) from error
    if size < least:
        raise ModelFileError(
            f"'{path}' is only a part of a model: {size} bytes, and its table tells of {least} at least; download it "
            "again"
        )


def check_folder(folder: Path) -> None:
    """Raise unless a folder holds a model for faster-whisper.

    Raises:
        ModelFileError: a file of it is missing or is something else.
    """
    if not folder.is_dir():
        raise ModelFileError(f"no folder '{folder}'; expected one in {CTRANSLATE2}'s format, with {', '.join(FILES)}")
    for name in FILES:
        if not (folder / name).is_file():
            raise ModelFileError(
                f"folder '{folder}' has no {name}; expected a model in {CTRANSLATE2}'s format, with {', '.join(FILES)}"
            )
    check(folder / FILES[0], CTRANSLATE2)


def _safetensors(file: BinaryIO) -> int:
    """The size that the table of a safetensors file tells."""
    (length,) = struct.unpack("<Q", file.read(8))
    table = json.loads(file.read(min(length, 100 << 20)))
    return (
        8 + length + max((its["data_offsets"][1] for name, its in table.items() if name != "__metadata__"), default=0)
    )


def template(path: Path) -> str:
    """How a GGUF writes a conversation: its chat template, in Jinja; empty if it has none."""
    texts: dict[bytes, str] = {}
    with open(path, "rb") as file:
        _gguf(file, texts)
    return texts.get(TEMPLATE, "")


def _gguf(file: BinaryIO, texts: dict[bytes, str] | None = None) -> int:
    """Where the last tensor of a GGUF file begins, by its table. `texts` gets the chat template, if there is one."""

    def number(form: str) -> int:
        return struct.unpack(f"<{form}", file.read(struct.calcsize(form)))[0]

    def count(form: str = "Q") -> int:
        got = number(form)
        if got > MOST:
            raise ValueError(f"{got} entries")
        return got

    def value(type_: int, deep: int = 0) -> int:
        """Read past a value; itself, where it is a number of 4 bytes."""
        if type_ == TEXT:
            file.seek(count(), 1)
        elif type_ == LIST and deep < 4:
            inner, entries = number("I"), count()
            if inner in SIZES:
                file.seek(entries * SIZES[inner], 1)
            else:
                for _ in range(entries):
                    value(inner, deep + 1)
        elif type_ == 4:
            return number("I")
        else:
            file.seek(SIZES[type_], 1)
        return 0

    file.seek(4)
    if (version := number("I")) not in VERSIONS:
        raise ValueError(f"version {version}")
    tensors, pairs, align = count(), count(), 32
    for _ in range(pairs):
        name = file.read(count())
        type_ = number("I")
        if texts is not None and name == TEMPLATE and type_ == TEXT:
            texts[name] = file.read(count()).decode("utf-8", "replace")
            continue
        got = value(type_)
        align = got if name == b"general.alignment" and got else align
    last = 0
    for _ in range(tensors):
        file.seek(count(), 1)
        file.seek(8 * count("I") + 4, 1)  # its shape and type
        last = max(last, number("Q"))
    return -(-file.tell() // align) * align + last + 1
