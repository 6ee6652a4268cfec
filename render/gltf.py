"""A GLB file as plain arrays, or an AvatarError that says what is wrong with it. No GL.

One rule: nothing the file claims is believed. Every count, index and offset is checked against the bytes that are there;
files are refused beyond fixed sizes; nothing outside the file is ever opened.

pygltflib gives the structure; the checks are ours, because it accepts most broken files.
Letters: V vertices, T triangles, K touched vertices.
Source: glTF 2.0 specification, Khronos Group.
"""
from __future__ import annotations

import base64
import binascii
import io
import struct
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib
from PIL import Image

from render.errors import AvatarError

MAX_FILE = 64 << 20  # bytes; our own avatars take 3-6 MB
MAX_JSON = 8 << 20
MAX_COUNT = 1_000_000  # elements of one accessor
MAX_TOTAL = 64_000_000  # numbers decoded from one file, morphs included
MAX_IMAGE = 4096  # pixels an edge
MAX_NODES = 2048
MAGIC, JSON_CHUNK, BIN_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
COMPONENT = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
EXPORT = "export it again as one glTF 2.0 binary (.glb)"


@dataclass(frozen=True)
class Material:
    """What a file says of a surface; `image` is uint8 [H, W, 4], sRGB, top row first, or None."""

    name: str = ""
    colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    image: np.ndarray | None = None
    alpha: str = "OPAQUE"
    cutoff: float = 0.5
    double_sided: bool = False


@dataclass(frozen=True)
class Primitive:
    """One surface in the file's bind pose. Attributes are float32 [V, width] by glTF name; joints are names."""

    mesh: str
    material: Material
    triangles: np.ndarray  # int32 [T, 3]
    attributes: dict[str, np.ndarray]
    morphs: dict[str, tuple[np.ndarray, np.ndarray]]  # name -> int32 [K], float32 [K, 3]
    joints: np.ndarray | None = None  # int32 [V, 4] into joint_names
    weights: np.ndarray | None = None  # float32 [V, 4]
    joint_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """All surfaces of a file; nodes as (name, parent index or None, place of its origin)."""

    name: str
    primitives: tuple[Primitive, ...]
    nodes: tuple[tuple[str, int | None, tuple[float, float, float]], ...]
    extras: dict[str, Any] = field(default_factory=dict)


def load(path: Path) -> Model:
    """Read an avatar file.

    Raises:
        AvatarError: the file cannot be read or is not a GLB we can trust.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise AvatarError(str(path), f"{size >> 20} MiB", f"at most {MAX_FILE >> 20} MiB", "reduce its textures or meshes")
        data = path.read_bytes()
    except OSError as problem:
        raise AvatarError(str(path), problem.strerror or problem, "a readable .glb file", "check the path") from problem
    return parse(data, path.name)


def parse(data: bytes, name: str) -> Model:
    """The same for bytes in memory; `name` is what errors call the file.

    Raises:
        AvatarError: the bytes are not a GLB we can trust.
    """
    text, binary = _container(data, name)
    try:
        with warnings.catch_warnings():  # dataclasses_json warns where a field is missing; we check the fields we use
            warnings.simplefilter("ignore")
            gltf = pygltflib.GLTF2.from_json(text)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, AssertionError, IndexError) as problem:
        raise AvatarError(f"{name}: the JSON part", f"'{problem}'", "the structure of glTF 2.0", EXPORT) from problem
    return _Reader(name, gltf, binary).model()


def _container(data: bytes, name: str) -> tuple[str, bytes]:
    if len(data) < 20:
        raise AvatarError(f"{name}: the file", f"{len(data)} bytes", "at least a header of 20 bytes", "copy it again, it was cut off")
    magic, version, length = struct.unpack_from("<III", data)
    if magic != MAGIC:
        raise AvatarError(f"{name}: the first bytes", data[:4], "b'glTF'", EXPORT)
    if version != 2:
        raise AvatarError(f"{name}: the version", version, 2, EXPORT)
    if length != len(data):
        raise AvatarError(f"{name}: the file", f"{len(data)} bytes", f"{length} as its header says", "copy it again, it was cut off")
    chunks, at = {}, 12
    while at + 8 <= len(data):
        size, kind = struct.unpack_from("<II", data, at)
        if at + 8 + size > len(data):
            raise AvatarError(f"{name}: a chunk", f"{size} bytes", f"at most {len(data) - at - 8}", "copy it again, it was cut off")
        chunks.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size
    if JSON_CHUNK not in chunks or len(chunks[JSON_CHUNK]) > MAX_JSON:
        got = f"{len(chunks[JSON_CHUNK])} bytes" if JSON_CHUNK in chunks else "none"
        raise AvatarError(f"{name}: the JSON part", got, f"1 to {MAX_JSON} bytes", EXPORT)
    try:
        return chunks[JSON_CHUNK].decode("utf-8"), chunks.get(BIN_CHUNK, b"")
    except UnicodeDecodeError as problem:
        raise AvatarError(f"{name}: the JSON part", problem.reason, "UTF-8 text", EXPORT) from problem


class _Reader:
    """Walks one file; every index goes through `_item`, every byte through `_accessor`."""

    def __init__(self, name: str, gltf: pygltflib.GLTF2, binary: bytes) -> None:
        self.name, self.gltf, self.binary = name, gltf, binary
        self.left = MAX_TOTAL
        self.buffers: dict[int, bytes] = {}
        self.images: dict[int, np.ndarray] = {}

    def _fail(self, what: str, got: object, expected: object, mend: str = EXPORT) -> AvatarError:
        return AvatarError(f"{self.name}: {what}", got, expected, mend)

    def _whole(self, value: object, what: str, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._fail(what, value, f"a whole number {low}..{high}")
        return value

    def _list(self, value: object, what: str, most: int = 65_536) -> list:
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            raise self._fail(what, type(value).__name__, f"a list of at most {most}")
        return value

    def _item(self, items: object, index: object, what: str) -> Any:
        items = self._list(items, f"the list for {what}")
        return items[self._whole(index, what, 0, len(items) - 1)]

    def _numbers(self, value: object, count: int, what: str) -> np.ndarray:
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError) as problem:
            raise self._fail(what, value, f"{count} numbers") from problem
        if array.shape != (count,) or not np.isfinite(array).all() or np.abs(array).max() > 1e9:
            raise self._fail(what, value, f"{count} finite numbers")
        return array

    def _buffer(self, index: object) -> bytes:
        buffer = self._item(self.gltf.buffers, index, "buffer")
        if index not in self.buffers:
            uri = buffer.uri
            if uri is None:
                if index != 0:
                    raise self._fail(f"buffer {index}", "no data", "bytes in the file")
                self.buffers[index] = self.binary
            else:
                self.buffers[index] = self._data_uri(uri, f"buffer {index}")
        return self.buffers[index]

    def _data_uri(self, uri: object, what: str) -> bytes:
        head, _, body = str(uri).partition(",")
        if not head.startswith("data:") or not head.endswith(";base64"):
            raise self._fail(what, f"'{str(uri)[:60]}'", "data inside the file", "embed all buffers and images when exporting")
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error as problem:
            raise self._fail(what, problem, "base64 data") from problem

    def _view(self, index: object) -> tuple[memoryview, int | None]:
        view = self._item(self.gltf.bufferViews, index, "buffer view")
        data = self._buffer(view.buffer)
        start = self._whole(view.byteOffset or 0, "byteOffset of a buffer view", 0, len(data))
        length = self._whole(view.byteLength, "byteLength of a buffer view", 0, len(data) - start)
        stride = view.byteStride
        if stride is not None:
            stride = self._whole(stride, "byteStride", 4, 252)
        return memoryview(data)[start : start + length], stride

    def _strided(self, view_index: object, offset: object, count: int, component: object, width: int, what: str) -> np.ndarray:
        if component not in COMPONENT:
            raise self._fail(f"component type of {what}", component, f"one of {sorted(COMPONENT)}")
        dtype = np.dtype(COMPONENT[component])
        data, stride = self._view(view_index)
        offset = self._whole(offset or 0, f"byteOffset of {what}", 0, len(data))
        stride = stride or dtype.itemsize * width
        need = offset + stride * (count - 1) + dtype.itemsize * width
        if need > len(data):
            raise self._fail(what, f"{need} bytes", f"at most the {len(data)} of its buffer view")
        return np.ndarray((count, width), dtype, data, offset, (stride, dtype.itemsize)).copy()

    def _accessor(self, index: object, what: str, kinds: tuple[str, ...], indices: bool = False) -> np.ndarray:
        accessor = self._item(self.gltf.accessors, index, f"accessor of {what}")
        if accessor.type not in kinds:
            raise self._fail(f"type of {what}", accessor.type, " or ".join(kinds))
        count, width = self._whole(accessor.count, f"count of {what}", 1, MAX_COUNT), WIDTH[accessor.type]
        self.left -= count * width
        if self.left < 0:
            raise self._fail("all accessors", f"more than {MAX_TOTAL} numbers", f"at most {MAX_TOTAL}", "reduce its meshes")
        if accessor.bufferView is None:
            out = np.zeros((count, width), COMPONENT.get(accessor.componentType, "<f4"))
        else:
            out = self._strided(accessor.bufferView, accessor.byteOffset, count, accessor.componentType, width, what)
        if accessor.sparse is not None:
            at, values = self._sparse(accessor, count, width, what)
            out[at] = values
        if indices:
            return out.astype(np.int64)
        if out.dtype.kind == "f":
            if not np.isfinite(out).all():
                raise self._fail(what, "NaN or infinity", "finite numbers")
            return out.astype(np.float32)
        scale = np.iinfo(out.dtype).max if accessor.normalized else 1
        return np.maximum(out.astype(np.float32) / np.float32(scale), -1.0 if accessor.normalized else -np.inf)

    def _sparse(self, accessor: Any, count: int, width: int, what: str) -> tuple[np.ndarray, np.ndarray]:
        sparse = accessor.sparse
        some = self._whole(sparse.count, f"sparse count of {what}", 1, count)
        if sparse.indices is None or sparse.values is None:
            raise self._fail(f"sparse part of {what}", "nothing", "indices and values")
        if sparse.indices.componentType not in (5121, 5123, 5125):
            raise self._fail(f"sparse indices of {what}", sparse.indices.componentType, "unsigned integers")
        at = self._strided(sparse.indices.bufferView, sparse.indices.byteOffset, some, sparse.indices.componentType, 1,
                           f"sparse indices of {what}")[:, 0].astype(np.int64)
        if at[-1] >= count or (np.diff(at) <= 0).any():
            raise self._fail(f"sparse indices of {what}", "unordered or too large", f"rising, below {count}")
        values = self._strided(sparse.values.bufferView, sparse.values.byteOffset, some, accessor.componentType, width,
                               f"sparse values of {what}")
        return at, values

    def _morph(self, index: object, vertices: int, what: str) -> tuple[np.ndarray, np.ndarray]:
        """Only the vertices that move; a sparse accessor is never spread out."""
        accessor = self._item(self.gltf.accessors, index, f"accessor of {what}")
        if accessor.count != vertices:
            raise self._fail(f"count of {what}", accessor.count, f"{vertices}, one a vertex")
        if accessor.bufferView is None and accessor.componentType == 5126 and accessor.type == "VEC3":
            if accessor.sparse is None:
                return np.zeros(0, np.int32), np.zeros((0, 3), np.float32)
            at, delta = self._sparse(accessor, vertices, 3, what)
            self.left -= delta.size
        else:
            delta = self._accessor(index, what, ("VEC3",))
            at = np.flatnonzero(np.abs(delta).max(1) > 0)
            delta = delta[at]
        if not np.isfinite(delta).all():
            raise self._fail(what, "NaN or infinity", "finite numbers")
        return at.astype(np.int32), delta.astype(np.float32)

    def _image(self, texture: object) -> np.ndarray:
        source = self._item(self.gltf.textures, texture, "texture").source
        image = self._item(self.gltf.images, source, "image")
        if source not in self.images:
            data = self._data_uri(image.uri, f"image {source}") if image.bufferView is None else self._view(image.bufferView)[0]
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")  # a decompression bomb is a warning first
                    picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
                    if max(picture.size) > MAX_IMAGE:
                        raise self._fail(f"image {source}", picture.size, f"at most {MAX_IMAGE} pixels an edge", "scale it down")
                    self.images[source] = np.asarray(picture.convert("RGBA"))
            except (OSError, SyntaxError, ValueError, Warning, struct.error, EOFError) as problem:
                raise self._fail(f"image {source}", f"'{problem}'", "a PNG or JPEG picture") from problem
        return self.images[source]

    def _material(self, index: object) -> Material:
        if index is None:
            return Material()
        m = self._item(self.gltf.materials, index, "material")
        pbr = m.pbrMetallicRoughness
        colour, image = np.ones(4), None
        if pbr is not None:
            if pbr.baseColorFactor is not None:
                colour = self._numbers(pbr.baseColorFactor, 4, "baseColorFactor")
            if pbr.baseColorTexture is not None:
                image = self._image(pbr.baseColorTexture.index)
        cutoff = 0.5 if m.alphaCutoff is None else float(self._numbers([m.alphaCutoff], 1, "alphaCutoff")[0])
        alpha = m.alphaMode if m.alphaMode in ("OPAQUE", "MASK", "BLEND") else "OPAQUE"
        return Material(str(m.name or ""), tuple(float(x) for x in colour), image, alpha, cutoff, bool(m.doubleSided))

    def _nodes(self) -> tuple[list[np.ndarray], list[int | None]]:
        nodes = self._list(self.gltf.nodes, "nodes", MAX_NODES)
        parent: list[int | None] = [None] * len(nodes)
        for i, node in enumerate(nodes):
            for child in self._list(node.children, "children"):
                self._whole(child, "child of a node", 0, len(nodes) - 1)
                if parent[child] is not None or child == i:
                    raise self._fail(f"node {child}", "two parents", "a tree")
                parent[child] = i
        world: list[np.ndarray | None] = [None] * len(nodes)
        for i in range(len(nodes)):
            chain, at = [], i
            while at is not None and world[at] is None:
                chain.append(at)
                at = parent[at]
                if len(chain) > len(nodes):
                    raise self._fail(f"node {i}", "its own ancestor", "a tree")
            for j in reversed(chain):
                above = np.eye(4) if parent[j] is None else world[parent[j]]
                world[j] = above @ self._local(nodes[j])
        return [w for w in world if w is not None], parent

    def _local(self, node: Any) -> np.ndarray:
        if node.matrix is not None:
            return self._numbers(node.matrix, 16, "matrix of a node").reshape(4, 4).T
        out = np.eye(4)
        if node.rotation is not None:
            x, y, z, w = self._numbers(node.rotation, 4, "rotation of a node")
            norm = x * x + y * y + z * z + w * w
            if norm < 1e-6:
                raise self._fail("rotation of a node", node.rotation, "a unit quaternion")
            s = 2 / norm
            out[:3, :3] = [
                [1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)],
                [s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w)],
                [s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)],
            ]
        if node.scale is not None:
            out[:3, :3] *= self._numbers(node.scale, 3, "scale of a node")
        if node.translation is not None:
            out[:3, 3] = self._numbers(node.translation, 3, "translation of a node")
        return out

    def model(self) -> Model:
        world, parent = self._nodes()
        primitives = []
        for i, node in enumerate(self.gltf.nodes or []):
            if node.mesh is None:
                continue
            mesh = self._item(self.gltf.meshes, node.mesh, "mesh")
            for primitive in self._list(mesh.primitives, "primitives"):
                if primitive.mode not in (None, 4):
                    raise self._fail(f"mode of a primitive of '{mesh.name}'", primitive.mode, "4, triangles")
                primitives.append(self._primitive(mesh, primitive, node, world, i))
        if not primitives:
            raise self._fail("the scene", "no mesh", "a head with morph targets")
        nodes = tuple(
            (str(n.name or ""), p, tuple(float(x) for x in w[:3, 3])) for n, p, w in zip(self.gltf.nodes, parent, world)
        )
        scenes = self._list(self.gltf.scenes, "scenes")
        extras = scenes[0].extras if scenes and isinstance(scenes[0].extras, dict) else {}
        return Model(self.name, tuple(primitives), nodes, extras)

    def _primitive(self, mesh: Any, primitive: Any, node: Any, world: list[np.ndarray], at: int) -> Primitive:
        where = f"mesh '{mesh.name}'"
        given = {k: v for k, v in vars(primitive.attributes).items() if v is not None} if primitive.attributes else {}
        if "POSITION" not in given:
            raise self._fail(where, "no POSITION", "POSITION")
        wanted = {"POSITION": ("VEC3",), "NORMAL": ("VEC3",), "TEXCOORD_0": ("VEC2",), "COLOR_0": ("VEC3", "VEC4"),
                  "TANGENT": ("VEC4",), "_SHADE": ("VEC4",), "WEIGHTS_0": ("VEC4",)}
        attributes = {k: self._accessor(given[k], f"{k} of {where}", kinds) for k, kinds in wanted.items() if k in given}
        vertices = len(attributes["POSITION"])
        for k, array in attributes.items():
            if len(array) != vertices:
                raise self._fail(f"count of {k} of {where}", len(array), f"{vertices}, as POSITION")
        if primitive.indices is None:
            triangles = np.arange(vertices, dtype=np.int64)
        else:
            triangles = self._accessor(primitive.indices, f"indices of {where}", ("SCALAR",), indices=True)[:, 0]
        if len(triangles) % 3 or len(triangles) == 0:
            raise self._fail(f"indices of {where}", len(triangles), "a multiple of three")
        if triangles.min() < 0 or triangles.max() >= vertices:
            raise self._fail(f"indices of {where}", int(triangles.max()), f"below {vertices}, the number of vertices")
        morphs = self._morphs(mesh, primitive, vertices, where)
        weights = attributes.pop("WEIGHTS_0", None)
        joints, names = None, ()
        if node.skin is not None and weights is not None and "JOINTS_0" in given:
            joints = self._accessor(given["JOINTS_0"], f"JOINTS_0 of {where}", ("VEC4",), indices=True)
            if len(joints) != vertices:
                raise self._fail(f"count of JOINTS_0 of {where}", len(joints), f"{vertices}, as POSITION")
            matrices, names = self._skin(node.skin, world)
            if joints.max() >= len(matrices):
                raise self._fail(f"JOINTS_0 of {where}", int(joints.max()), f"below {len(matrices)}, the joints of its skin")
            weights = weights / np.maximum(weights.sum(1, keepdims=True), 1e-6)
            place = np.einsum("vj,vjab->vab", weights, matrices[joints])
        else:
            weights = None
            place = np.broadcast_to(world[at], (vertices, 4, 4))
        attributes, morphs = _placed(attributes, morphs, place)
        return Primitive(str(mesh.name or ""), self._material(primitive.material), triangles.reshape(-1, 3).astype(np.int32),
                         attributes, morphs, joints, weights, names)

    def _morphs(self, mesh: Any, primitive: Any, vertices: int, where: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        targets = self._list(primitive.targets, f"targets of {where}", 512)
        extras = mesh.extras if isinstance(mesh.extras, dict) else {}
        names = self._list(extras.get("targetNames"), f"targetNames of {where}", 512)
        if targets and len(names) != len(targets):
            raise self._fail(f"targetNames of {where}", len(names), f"{len(targets)}, one a morph target",
                             "export shape key names (Blender does)")
        out = {}
        for name, target in zip(names, targets):
            target = target if isinstance(target, dict) else {k: v for k, v in vars(target).items() if v is not None}
            if "POSITION" in target:
                out[str(name)] = self._morph(target["POSITION"], vertices, f"morph '{name}' of {where}")
        return out

    def _skin(self, index: object, world: list[np.ndarray]) -> tuple[np.ndarray, tuple[str, ...]]:
        skin = self._item(self.gltf.skins, index, "skin")
        joints = [self._whole(j, "joint", 0, len(world) - 1) for j in self._list(skin.joints, "joints", MAX_NODES)]
        if not joints:
            raise self._fail(f"skin {index}", "no joints", "at least one")
        inverse = np.tile(np.eye(4), (len(joints), 1, 1))
        if skin.inverseBindMatrices is not None:
            flat = self._accessor(skin.inverseBindMatrices, "inverseBindMatrices", ("MAT4",))
            if len(flat) < len(joints):
                raise self._fail("inverseBindMatrices", len(flat), f"{len(joints)}, one a joint")
            inverse = flat[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
        names = tuple(str(self.gltf.nodes[j].name or "") for j in joints)
        return np.stack([world[j] @ m for j, m in zip(joints, inverse)]), names


def _placed(attributes: dict[str, np.ndarray], morphs: dict, place: np.ndarray) -> tuple[dict[str, np.ndarray], dict]:
    """Attributes and morphs moved by one matrix a vertex [V, 4, 4]; most files need no move at all."""
    if np.abs(place - np.eye(4)).max() < 1e-5:
        return attributes, morphs
    turn = place[:, :3, :3]
    out = dict(attributes)
    out["POSITION"] = (np.einsum("vab,vb->va", turn, attributes["POSITION"]) + place[:, :3, 3]).astype(np.float32)
    for k in ("NORMAL", "TANGENT"):
        if k in attributes:
            out[k] = attributes[k].copy()
            out[k][:, :3] = np.einsum("vab,vb->va", turn, attributes[k][:, :3])
    moved = {n: (at, np.einsum("kab,kb->ka", turn[at], delta).astype(np.float32)) for n, (at, delta) in morphs.items()}
    return out, moved
