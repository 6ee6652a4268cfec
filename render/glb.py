"""The bytes of a GLB, read without believing them: container, buffers, accessors. No GL.

One rule: every count, index and offset is checked against the bytes that are there; files are refused beyond fixed
sizes; nothing outside the file is ever opened.
Source: glTF 2.0 specification, Khronos Group.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import Any

import numpy as np
import pygltflib

from render.errors import AvatarError

MAX_FILE = 64 << 20  # bytes; our own avatars take 3-6 MB
MAX_JSON = 8 << 20
MAX_COUNT = 1_000_000  # elements of one accessor
MAX_TOTAL = 64_000_000  # numbers decoded from one file, morphs included
MAX_IMAGE = 4096  # pixels an edge
MAX_PIXELS = 64 << 20  # of all pictures together: 256 MB once decoded
MAX_NODES = 2048
LARGEST = 1e6  # of any number: a head in micrometres
MAGIC, JSON_CHUNK, BIN_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
COMPONENT = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
EXPORT = "export it again as one glTF 2.0 binary (.glb)"


def container(data: bytes, name: str) -> tuple[str, bytes]:
    """The JSON text and the binary chunk."""
    if len(data) < 20:
        raise AvatarError(
            f"{name}: the file", f"{len(data)} bytes", "at least a header of 20 bytes", "copy it again, it was cut off"
        )
    magic, version, length = struct.unpack_from("<III", data)
    if magic != MAGIC:
        raise AvatarError(f"{name}: the first bytes", data[:4], "b'glTF'", EXPORT)
    if version != 2:
        raise AvatarError(f"{name}: the version", version, 2, EXPORT)
    if length != len(data):
        raise AvatarError(
            f"{name}: the file", f"{len(data)} bytes", f"{length} as its header says", "copy it again, it was cut off"
        )
    chunks, at = {}, 12
    while at + 8 <= len(data):
        size, kind = struct.unpack_from("<II", data, at)
        if at + 8 + size > len(data):
            raise AvatarError(
                f"{name}: a chunk", f"{size} bytes", f"at most {len(data) - at - 8}", "copy it again, it was cut off"
            )
        chunks.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size
    if JSON_CHUNK not in chunks or len(chunks[JSON_CHUNK]) > MAX_JSON:
        got = f"{len(chunks[JSON_CHUNK])} bytes" if JSON_CHUNK in chunks else "none"
        raise AvatarError(f"{name}: the JSON part", got, f"1 to {MAX_JSON} bytes", EXPORT)
    try:
        return chunks[JSON_CHUNK].decode("utf-8"), chunks.get(BIN_CHUNK, b"")
    except UnicodeDecodeError as problem:
        raise AvatarError(f"{name}: the JSON part", problem.reason, "UTF-8 text", EXPORT) from problem


class Reader:
    """Walks one file; every index goes through `item`, every byte through `accessor`."""

    def __init__(self, name: str, gltf: pygltflib.GLTF2, binary: bytes) -> None:
        self.name, self.gltf, self.binary = name, gltf, binary
        self.left = MAX_TOTAL
        self._buffers: dict[int, bytes] = {}

    def fail(self, what: str, got: object, expected: object, mend: str = EXPORT) -> AvatarError:
        """The error for this file."""
        return AvatarError(f"{self.name}: {what}", got, expected, mend)

    def whole(self, value: object, what: str, low: int, high: int) -> int:
        """A whole number within bounds."""
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.fail(what, value, f"a whole number {low}..{high}")
        return value

    def rows(self, value: object, what: str, most: int = 65_536) -> list:
        """A list, empty where the file has none."""
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            raise self.fail(what, type(value).__name__, f"a list of at most {most}")
        return value

    def item(self, items: object, index: object, what: str) -> Any:
        """One element of a list of the file."""
        items = self.rows(items, f"the list for {what}")
        return items[self.whole(index, what, 0, len(items) - 1)]

    def numbers(self, value: object, count: int, what: str) -> np.ndarray:
        """Finite numbers, float64 [count]."""
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError) as problem:
            raise self.fail(what, value, f"{count} numbers") from problem
        if array.shape != (count,):
            raise self.fail(what, value, f"{count} numbers")
        return self.sound(array, what)

    def sound(self, array: np.ndarray, what: str) -> np.ndarray:
        """The same array, if it is finite and not absurdly large."""
        if not (np.abs(array) <= LARGEST).all():
            raise self.fail(what, f"NaN, infinity or more than {LARGEST:.0e}", "finite numbers of a head's size")
        return array

    def buffer(self, index: object) -> bytes:
        """The bytes of a buffer."""
        buffer = self.item(self.gltf.buffers, index, "buffer")
        if index not in self._buffers:
            uri = buffer.uri
            if uri is None:
                if index != 0:
                    raise self.fail(f"buffer {index}", "no data", "bytes in the file")
                self._buffers[index] = self.binary
            else:
                self._buffers[index] = self.data_uri(uri, f"buffer {index}")
        return self._buffers[index]

    def data_uri(self, uri: object, what: str) -> bytes:
        """Bytes embedded as text; addresses of other files are refused."""
        head, _, body = str(uri).partition(",")
        if not head.startswith("data:") or not head.endswith(";base64"):
            raise self.fail(
                what, f"'{str(uri)[:60]}'", "data inside the file", "embed all buffers and images when exporting"
            )
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error as problem:
            raise self.fail(what, problem, "base64 data") from problem

    def view(self, index: object) -> tuple[memoryview, int | None]:
        """The bytes of a buffer view, and its stride."""
        view = self.item(self.gltf.bufferViews, index, "buffer view")
        data = self.buffer(view.buffer)
        start = self.whole(view.byteOffset or 0, "byteOffset of a buffer view", 0, len(data))
        length = self.whole(view.byteLength, "byteLength of a buffer view", 0, len(data) - start)
        stride = view.byteStride
        if stride is not None:
            stride = self.whole(stride, "byteStride", 4, 252)
        return memoryview(data)[start : start + length], stride

    def strided(
        self, view_index: object, offset: object, count: int, component: object, width: int, what: str
    ) -> np.ndarray:
        """[count, width] out of a buffer view."""
        if component not in COMPONENT:
            raise self.fail(f"component type of {what}", component, f"one of {sorted(COMPONENT)}")
        dtype = np.dtype(COMPONENT[component])
        data, stride = self.view(view_index)
        offset = self.whole(offset or 0, f"byteOffset of {what}", 0, len(data))
        stride = stride or dtype.itemsize * width
        need = offset + stride * (count - 1) + dtype.itemsize * width
        if need > len(data):
            raise self.fail(what, f"{need} bytes", f"at most the {len(data)} of its buffer view")
        return np.ndarray((count, width), dtype, data, offset, (stride, dtype.itemsize)).copy()

    def accessor(self, index: object, what: str, kinds: tuple[str, ...], indices: bool = False) -> np.ndarray:
        """An accessor as float32 (or int64 for indices) [count, width], sparse parts filled in."""
        accessor = self.item(self.gltf.accessors, index, f"accessor of {what}")
        if accessor.type not in kinds:
            raise self.fail(f"type of {what}", accessor.type, " or ".join(kinds))
        count, width = self.whole(accessor.count, f"count of {what}", 1, MAX_COUNT), WIDTH[accessor.type]
        self.left -= count * width
        if self.left < 0:
            raise self.fail(
                "all accessors", f"more than {MAX_TOTAL} numbers", f"at most {MAX_TOTAL}", "reduce its meshes"
            )
        if accessor.bufferView is None:
            out = np.zeros((count, width), COMPONENT.get(accessor.componentType, "<f4"))
        else:
            out = self.strided(accessor.bufferView, accessor.byteOffset, count, accessor.componentType, width, what)
        if accessor.sparse is not None:
            at, values = self.sparse(accessor, count, width, what)
            out[at] = values
        if indices:
            return out.astype(np.int64)
        if out.dtype.kind == "f":
            return self.sound(out, what).astype(np.float32)
        scale = np.iinfo(out.dtype).max if accessor.normalized else 1
        return np.maximum(out.astype(np.float32) / np.float32(scale), -1.0 if accessor.normalized else -np.inf)

    def sparse(self, accessor: Any, count: int, width: int, what: str) -> tuple[np.ndarray, np.ndarray]:
        """The places [K], rising, and the values [K, width] of a sparse accessor."""
        sparse = accessor.sparse
        some = self.whole(sparse.count, f"sparse count of {what}", 1, count)
        if sparse.indices is None or sparse.values is None:
            raise self.fail(f"sparse part of {what}", "nothing", "indices and values")
        if sparse.indices.componentType not in (5121, 5123, 5125):
            raise self.fail(f"sparse indices of {what}", sparse.indices.componentType, "unsigned integers")
        at = self.strided(
            sparse.indices.bufferView,
            sparse.indices.byteOffset,
            some,
            sparse.indices.componentType,
            1,
            f"sparse indices of {what}",
        )[:, 0].astype(np.int64)
        if at[-1] >= count or (np.diff(at) <= 0).any():
            raise self.fail(f"sparse indices of {what}", "unordered or too large", f"rising, below {count}")
        values = self.strided(
            sparse.values.bufferView,
            sparse.values.byteOffset,
            some,
            accessor.componentType,
            width,
            f"sparse values of {what}",
        )
        return at, values
