"""What a character card's file holds: the JSON in a PNG, in a .charx archive, or plain.

One rule: a card comes from a stranger. Nothing is read before its size is known to be small, no picture is decoded, no
member of an archive but card.json is opened, and nothing is ever written to disk.

A PNG is walked chunk by chunk and what is no text is stepped over. Pillow could read the text too, but it takes what
stands behind the pixels only after decoding them, and keeps its one limit in a global. Archives are zipfile's, once the
end of the file says that their directory is small: zipfile itself reads as much of it as the file claims.

Sources: PNG (W3C, third edition), 5.3 and 11.3.3; ZIP (PKWARE APPNOTE 6.3.10), 4.3.16; Character Card V2 and V3.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from dialogue.errors import PersonaError

MOST_FILE = 256 << 20  # bytes; an archive with many pictures
MOST_JSON = 4 << 20  # bytes; a card with a long lorebook has half a megabyte
MOST_TEXT = MOST_JSON * 4 // 3 + 4096  # the same in base64
MOST_CHUNK = 64 << 20  # bytes of a chunk that we only step over: pixels
MOST_CHUNKS = 10_000
MOST_SIDE = 16_384  # pixels
MOST_MEMBERS, MOST_DIRECTORY = 2000, 1 << 20  # of an archive, and bytes of its table of contents
MOST_DEPTH = 64  # of JSON

PNG = b"\x89PNG\r\n\x1a\n"
ZIP = b"PK\x03\x04"
CARDS = ("ccv3", "chara")  # keywords of text chunks; of two, the newer is meant
END_OF_DIRECTORY = struct.Struct("<4sHHHHIIH")  # signature, disks, members here and in all, size, place, comment


def read(file: BinaryIO) -> dict[str, Any]:
    """The card in a file that can be sought in.

    Raises:
        PersonaError: it holds none, or is larger, deeper or stranger than any card.
    """
    size = file.seek(0, io.SEEK_END)
    if size > MOST_FILE:
        raise PersonaError(f"has {size:,} bytes; expected a card of at most {MOST_FILE:,}")
    file.seek(0)
    begin = file.read(len(PNG))
    file.seek(0)
    if begin == PNG:
        return tree(_decoded(_chunks(file)))
    if begin.startswith(ZIP):
        return tree(_member(file))
    if begin.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b""):
        raise PersonaError("is no character card; expected a PNG, a .charx archive or JSON")
    return tree(_bounded(file, MOST_JSON, "JSON"))


def tree(data: bytes) -> dict[str, Any]:
    """The object of a JSON text.

    Raises:
        PersonaError: it is none, or too deep.
    """
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PersonaError(f"the card's JSON is no UTF-8: byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise PersonaError(f"the card's JSON is damaged: {error.msg} in line {error.lineno}") from error
    except (ValueError, RecursionError) as error:  # a number of 5000 digits; a thousand brackets
        raise PersonaError("the card's JSON is stranger than any card: a number too long, or too deep") from error
    if not isinstance(found, dict):
        raise PersonaError(f"the card's JSON is a {type(found).__name__}; expected an object")
    level: list[Any] = [found]
    for _ in range(MOST_DEPTH):
        level = [below for one in level if isinstance(one, dict | list) for below in _below(one)]
    if level:
        raise PersonaError(f"the card's JSON is more than {MOST_DEPTH} levels deep")
    return found


def _below(one: dict | list) -> list[Any]:
    return [x for x in (one.values() if isinstance(one, dict) else one) if isinstance(x, dict | list)]


def _bounded(file: Any, most: int, what: str) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise PersonaError(f"the card's {what} is larger than {most >> 20} MiB")
    return data


# PNG


def _chunks(file: BinaryIO) -> dict[str, bytes]:
    """Keyword -> text of the chunks that may hold a card."""
    size = file.seek(0, io.SEEK_END)
    file.seek(len(PNG))
    found: dict[str, bytes] = {}
    for number, (kind, length) in enumerate(_headers(file, size)):
        if number == 0:
            _check_picture(kind, _checked(file, kind, length) if length == 13 else b"")
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            if length > MOST_TEXT:
                raise PersonaError(f"a text chunk of {length:,} bytes; expected at most {MOST_TEXT:,}")
            keyword, text = _text(kind, _checked(file, kind, length))
            if keyword in CARDS:
                found.setdefault(keyword, text)
        else:
            file.seek(length + 4, io.SEEK_CUR)
    return found


def _headers(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Kind and length of each chunk up to IEND; whoever asks leaves the file behind the chunk."""
    for _ in range(MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            raise PersonaError("the PNG ends in the middle; fetch it again")
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        if length > MOST_CHUNK:
            raise PersonaError(f"a PNG chunk of {length:,} bytes; expected at most {MOST_CHUNK:,}")
        if file.tell() + length + 4 > size:
            raise PersonaError("the PNG ends in the middle; fetch it again")
        if kind == b"IEND":
            return
        yield kind, length
    raise PersonaError(f"the PNG has more than {MOST_CHUNKS} chunks")


def _checked(file: BinaryIO, kind: bytes, length: int) -> bytes:
    """The data of a chunk whose header was read."""
    data = file.read(length)
    if zlib.crc32(kind + data) != int.from_bytes(file.read(4), "big"):
        raise PersonaError(f"the PNG is damaged: the check sum of its {kind.decode('latin-1')} chunk is wrong")
    return data


def _check_picture(kind: bytes, header: bytes) -> None:
    if kind != b"IHDR" or not header:
        raise PersonaError("the PNG does not begin with the size of a picture; it is damaged")
    width, height = struct.unpack(">II", header[:8])
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE):
        raise PersonaError(f"the PNG has {width} x {height} pixels; expected 1 to {MOST_SIDE} a side")


def _text(kind: bytes, data: bytes) -> tuple[str, bytes]:
    """Keyword and text of a chunk; what is compressed only if it is a card's, and no further than a card goes."""
    keyword, _, rest = data.partition(b"\0")
    name, packed = keyword.decode("latin-1"), kind == b"zTXt"
    if name not in CARDS:
        return name, b""
    if kind == b"iTXt":  # compressed?, method, language \0, translated keyword \0
        flag, fields = rest[:1], rest[2:].split(b"\0", 2)
        if flag not in (b"\0", b"\1") or len(fields) < 3:
            raise PersonaError(f"the {name} chunk is damaged")
        packed, rest = flag == b"\1", fields[2]
    elif packed:
        rest = rest[1:]
    return name, _unpacked(rest, name) if packed else rest


def _unpacked(data: bytes, name: str) -> bytes:
    inflate = zlib.decompressobj()
    try:
        text = inflate.decompress(data, MOST_TEXT)
    except zlib.error as error:
        raise PersonaError(f"the {name} chunk is damaged: {error}") from error
    if not inflate.eof:
        raise PersonaError(f"the {name} chunk is damaged, or unpacks to more than {MOST_TEXT:,} bytes")
    return text


def _decoded(found: dict[str, bytes]) -> bytes:
    name = next((name for name in CARDS if name in found), None)
    if name is None:
        raise PersonaError("this PNG is a picture without a card; expected a text chunk named chara or ccv3")
    try:
        return base64.b64decode(b"".join(found[name].split()), validate=True)
    except binascii.Error as error:
        raise PersonaError(f"the {name} chunk is no base64: {error}") from error


# charx


def _member(file: BinaryIO) -> bytes:
    """card.json of an archive."""
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                _check_member(member)
            with archive.open("card.json") as card:
                return _bounded(card, MOST_JSON, "card.json")
    except KeyError as error:
        raise PersonaError("the archive holds no card.json, so it is no character card") from error
    # What zipfile and what it unpacks with raise for bytes that are no archive.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise PersonaError(f"the archive is damaged: {error}; fetch it again") from error


def _check_directory(file: BinaryIO) -> None:
    """The very bytes that zipfile will look at: without a comment the record can stand in one place only."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - END_OF_DIRECTORY.size - 20, 0))
    tail = file.read()
    record = tail[-END_OF_DIRECTORY.size :]
    file.seek(0)
    if len(record) < END_OF_DIRECTORY.size or not record.startswith(b"PK\x05\x06") or record[-2:] != b"\0\0":
        raise PersonaError("the archive ends in the middle, or in a comment; fetch it again")
    if tail.startswith(b"PK\x06\x07"):
        raise PersonaError("an archive for files over 4 GB; no card is so large")
    _, _, _, _, members, length, _, _ = END_OF_DIRECTORY.unpack(record)
    if members > MOST_MEMBERS or length > MOST_DIRECTORY:
        raise PersonaError(f"the archive has {members} files; expected at most {MOST_MEMBERS}")


def _check_member(member: zipfile.ZipInfo) -> None:
    """Nothing is unpacked, so a bad name can do no harm here; but whoever wrote it means harm."""
    name = member.filename
    parts = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name) or "\0" in member.orig_filename:
        raise PersonaError(f"the archive holds {name[:60]!a}, a name that leads out of it")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise PersonaError(f"the archive holds a link, {name[:60]!a}; expected files")
    if name != "card.json":
        return
    if member.flag_bits & 1:
        raise PersonaError("the archive is encrypted; save the card without a password")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise PersonaError("card.json is packed in an unusual way; expected it stored or deflated")
    if member.file_size > MOST_JSON:
        raise PersonaError(f"the card's card.json is larger than {MOST_JSON >> 20} MiB")
