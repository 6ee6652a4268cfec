"""A GLB file as plain arrays, or an AvatarError that says what is wrong with it. No GL.

One rule: nothing the file claims is believed; what comes out is whole, finite and within bounds.

pygltflib gives the structure; the checks are ours (here and in glb.py), because it accepts most broken files.
Letters: V vertices, T triangles, K touched vertices.
Source: glTF 2.0 specification, Khronos Group.
"""

from __future__ import annotations

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
from render.glb import EXPORT, MAX_FILE, MAX_IMAGE, MAX_NODES, MAX_PIXELS, Reader, container

# All that Pillow raises over spoilt bytes; a picture that claims to be huge is first a warning, then an error.
BAD_PICTURE = (OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError, struct.error, EOFError)
# Extensions that a file may call necessary: how things are lit is ours to say, and small integers are read anyway.
KNOWN_EXTENSIONS = ("KHR_mesh_quantization", "KHR_lights_punctual", "KHR_materials_")


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
            raise AvatarError(
                str(path), f"{size >> 20} MiB", f"at most {MAX_FILE >> 20} MiB", "reduce its textures or meshes"
            )
        data = path.read_bytes()
    except OSError as problem:
        raise AvatarError(str(path), problem.strerror or problem, "a readable .glb file", "check the path") from problem
    return parse(data, path.name)


def parse(data: bytes, name: str) -> Model:
    """The same for bytes in memory; `name` is what errors call the file.

    Raises:
        AvatarError: the bytes are not a GLB we can trust.
    """
    text, binary = container(data, name)
    try:
        with warnings.catch_warnings():  # dataclasses_json warns where a field is missing; we check the fields we use
            warnings.simplefilter("ignore")
            gltf = pygltflib.GLTF2.from_json(text)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, AssertionError, IndexError) as problem:
        raise AvatarError(f"{name}: the JSON part", f"'{problem}'", "the structure of glTF 2.0", EXPORT) from problem
    return _Meshes(Reader(name, gltf, binary)).model()


class _Meshes:
    """Nodes, skins, materials and meshes of one file."""

    def __init__(self, file: Reader) -> None:
        self.file = file
        self._images: dict[int, np.ndarray] = {}
        self._pixels = 0

    def _morph(self, index: object, vertices: int, what: str) -> tuple[np.ndarray, np.ndarray]:
        """Only the vertices that move; a sparse accessor is never spread out."""
        accessor = self.file.item(self.file.gltf.accessors, index, f"accessor of {what}")
        if accessor.count != vertices:
            raise self.file.fail(f"count of {what}", accessor.count, f"{vertices}, one a vertex")
        if accessor.bufferView is None and accessor.componentType == 5126 and accessor.type == "VEC3":
            if accessor.sparse is None:
                return np.zeros(0, np.int32), np.zeros((0, 3), np.float32)
            at, delta = self.file.sparse(accessor, vertices, 3, what)
            self.file.left -= delta.size
        else:
            delta = self.file.accessor(index, what, ("VEC3",))
            at = np.flatnonzero(np.abs(delta).max(1) > 0)
            delta = delta[at]
        return at.astype(np.int32), self.file.sound(delta, what).astype(np.float32)

    def _image(self, texture: object) -> np.ndarray:
        source = self.file.item(self.file.gltf.textures, texture, "texture").source
        image = self.file.item(self.file.gltf.images, source, "image")
        if source not in self._images:
            data = (
                self.file.data_uri(image.uri, f"image {source}")
                if image.bufferView is None
                else self.file.view(image.bufferView)[0]
            )
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")  # a decompression bomb is a warning first
                    picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
                    if max(picture.size) > MAX_IMAGE:
                        raise self.file.fail(
                            f"image {source}", picture.size, f"at most {MAX_IMAGE} pixels an edge", "scale it down"
                        )
                    self._pixels += picture.width * picture.height
                    if self._pixels > MAX_PIXELS:
                        raise self.file.fail(
                            "all pictures", f"{self._pixels} pixels", f"at most {MAX_PIXELS}", "scale them down"
                        )
                    self._images[source] = np.asarray(picture.convert("RGBA"))
            except BAD_PICTURE as problem:
                raise self.file.fail(f"image {source}", f"'{problem}'", "a PNG or JPEG picture") from problem
        return self._images[source]

    def _material(self, index: object) -> Material:
        if index is None:
            return Material()
        m = self.file.item(self.file.gltf.materials, index, "material")
        pbr = m.pbrMetallicRoughness
        colour, image = np.ones(4), None
        if pbr is not None:
            if pbr.baseColorFactor is not None:
                colour = self.file.numbers(pbr.baseColorFactor, 4, "baseColorFactor")
            if pbr.baseColorTexture is not None:
                image = self._image(pbr.baseColorTexture.index)
        cutoff = 0.5 if m.alphaCutoff is None else float(self.file.numbers([m.alphaCutoff], 1, "alphaCutoff")[0])
        alpha = m.alphaMode if m.alphaMode in ("OPAQUE", "MASK", "BLEND") else "OPAQUE"
        return Material(str(m.name or ""), tuple(float(x) for x in colour), image, alpha, cutoff, bool(m.doubleSided))

    def _nodes(self) -> tuple[list[np.ndarray], list[int | None]]:
        nodes = self.file.rows(self.file.gltf.nodes, "nodes", MAX_NODES)
        parent: list[int | None] = [None] * len(nodes)
        for i, node in enumerate(nodes):
            for child in self.file.rows(node.children, "children"):
                self.file.whole(child, "child of a node", 0, len(nodes) - 1)
                if parent[child] is not None or child == i:
                    raise self.file.fail(f"node {child}", "two parents", "a tree")
                parent[child] = i
        world: list[np.ndarray | None] = [None] * len(nodes)
        for i in range(len(nodes)):
            chain, at = [], i
            while at is not None and world[at] is None:
                chain.append(at)
                at = parent[at]
                if len(chain) > len(nodes):
                    raise self.file.fail(f"node {i}", "its own ancestor", "a tree")
            for j in reversed(chain):
                above = np.eye(4) if parent[j] is None else world[parent[j]]
                world[j] = above @ self._local(nodes[j])
        return [w for w in world if w is not None], parent

    def _local(self, node: Any) -> np.ndarray:
        if node.matrix is not None:
            return self.file.numbers(node.matrix, 16, "matrix of a node").reshape(4, 4).T
        out = np.eye(4)
        if node.rotation is not None:
            x, y, z, w = self.file.numbers(node.rotation, 4, "rotation of a node")
            norm = x * x + y * y + z * z + w * w
            if norm < 1e-6:
                raise self.file.fail("rotation of a node", node.rotation, "a unit quaternion")
            s = 2 / norm
            out[:3, :3] = [
                [1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)],
                [s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w)],
                [s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)],
            ]
        if node.scale is not None:
            out[:3, :3] *= self.file.numbers(node.scale, 3, "scale of a node")
        if node.translation is not None:
            out[:3, 3] = self.file.numbers(node.translation, 3, "translation of a node")
        return out

    def model(self) -> Model:
        for name in self.file.rows(self.file.gltf.extensionsRequired, "extensionsRequired"):
            if not str(name).startswith(KNOWN_EXTENSIONS):
                raise self.file.fail("an extension it needs", name, "none", "export without compression or extensions")
        with np.errstate(over="ignore", invalid="ignore"):  # of nested nodes; what they place is checked
            return self._model()

    def _model(self) -> Model:
        world, parent = self._nodes()
        primitives = []
        for i, node in enumerate(self.file.gltf.nodes or []):
            if node.mesh is None:
                continue
            mesh = self.file.item(self.file.gltf.meshes, node.mesh, "mesh")
            for primitive in self.file.rows(mesh.primitives, "primitives"):
                if primitive.mode not in (None, 4):
                    raise self.file.fail(f"mode of a primitive of '{mesh.name}'", primitive.mode, "4, triangles")
                primitives.append(self._primitive(mesh, primitive, node, world, i))
        if not primitives:
            raise self.file.fail("the scene", "no mesh", "a head with morph targets")
        nodes = tuple(
            (str(n.name or ""), p, tuple(float(x) for x in w[:3, 3]))
            for n, p, w in zip(self.file.gltf.nodes, parent, world)
        )
        scenes = self.file.rows(self.file.gltf.scenes, "scenes")
        extras = scenes[0].extras if scenes and isinstance(scenes[0].extras, dict) else {}
        return Model(self.file.name, tuple(primitives), nodes, extras)

    def _primitive(self, mesh: Any, primitive: Any, node: Any, world: list[np.ndarray], at: int) -> Primitive:
        where = f"mesh '{mesh.name}'"
        given = {k: v for k, v in vars(primitive.attributes).items() if v is not None} if primitive.attributes else {}
        if "POSITION" not in given:
            raise self.file.fail(where, "no POSITION", "POSITION")
        wanted = {
            "POSITION": ("VEC3",),
            "NORMAL": ("VEC3",),
            "TEXCOORD_0": ("VEC2",),
            "COLOR_0": ("VEC3", "VEC4"),
            "TANGENT": ("VEC4",),
            "_SHADE": ("VEC4",),
            "WEIGHTS_0": ("VEC4",),
        }
        attributes = {
            k: self.file.accessor(given[k], f"{k} of {where}", kinds) for k, kinds in wanted.items() if k in given
        }
        vertices = len(attributes["POSITION"])
        for k, array in attributes.items():
            if len(array) != vertices:
                raise self.file.fail(f"count of {k} of {where}", len(array), f"{vertices}, as POSITION")
        if primitive.indices is None:
            triangles = np.arange(vertices, dtype=np.int64)
        else:
            triangles = self.file.accessor(primitive.indices, f"indices of {where}", ("SCALAR",), indices=True)[:, 0]
        if len(triangles) % 3 or len(triangles) == 0:
            raise self.file.fail(f"indices of {where}", len(triangles), "a multiple of three")
        if triangles.min() < 0 or triangles.max() >= vertices:
            raise self.file.fail(
                f"indices of {where}", int(triangles.max()), f"below {vertices}, the number of vertices"
            )
        morphs = self._morphs(mesh, primitive, vertices, where)
        weights = attributes.pop("WEIGHTS_0", None)
        joints, names = None, ()
        if node.skin is not None and weights is not None and "JOINTS_0" in given:
            joints = self.file.accessor(given["JOINTS_0"], f"JOINTS_0 of {where}", ("VEC4",), indices=True)
            if len(joints) != vertices:
                raise self.file.fail(f"count of JOINTS_0 of {where}", len(joints), f"{vertices}, as POSITION")
            matrices, names = self._skin(node.skin, world)
            if joints.max() >= len(matrices):
                raise self.file.fail(
                    f"JOINTS_0 of {where}", int(joints.max()), f"below {len(matrices)}, the joints of its skin"
                )
            weights = weights / np.maximum(weights.sum(1, keepdims=True), 1e-6)
            place = np.einsum("vj,vjab->vab", weights, matrices[joints])
        else:
            weights = None
            place = np.broadcast_to(world[at], (vertices, 4, 4))
        attributes, morphs = _placed(attributes, morphs, place)
        for array in (attributes["POSITION"], *(delta for _, delta in morphs.values())):
            self.file.sound(array, f"the place of {where}")
        return Primitive(
            str(mesh.name or ""),
            self._material(primitive.material),
            triangles.reshape(-1, 3).astype(np.int32),
            attributes,
            morphs,
            joints,
            weights,
            names,
        )

    def _morphs(self, mesh: Any, primitive: Any, vertices: int, where: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        targets = self.file.rows(primitive.targets, f"targets of {where}", 512)
        extras = mesh.extras if isinstance(mesh.extras, dict) else {}
        names = self.file.rows(extras.get("targetNames"), f"targetNames of {where}", 512)
        if targets and len(names) != len(targets):
            raise self.file.fail(
                f"targetNames of {where}",
                len(names),
                f"{len(targets)}, one a morph target",
                "export shape key names (Blender does)",
            )
        out = {}
        for name, target in zip(names, targets):
            target = target if isinstance(target, dict) else {k: v for k, v in vars(target).items() if v is not None}
            if "POSITION" in target:
                out[str(name)] = self._morph(target["POSITION"], vertices, f"morph '{name}' of {where}")
        return out

    def _skin(self, index: object, world: list[np.ndarray]) -> tuple[np.ndarray, tuple[str, ...]]:
        skin = self.file.item(self.file.gltf.skins, index, "skin")
        joints = [
            self.file.whole(j, "joint", 0, len(world) - 1) for j in self.file.rows(skin.joints, "joints", MAX_NODES)
        ]
        if not joints:
            raise self.file.fail(f"skin {index}", "no joints", "at least one")
        inverse = np.tile(np.eye(4), (len(joints), 1, 1))
        if skin.inverseBindMatrices is not None:
            flat = self.file.accessor(skin.inverseBindMatrices, "inverseBindMatrices", ("MAT4",))
            if len(flat) < len(joints):
                raise self.file.fail("inverseBindMatrices", len(flat), f"{len(joints)}, one a joint")
            inverse = flat[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
        names = tuple(str(self.file.gltf.nodes[j].name or "") for j in joints)
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
