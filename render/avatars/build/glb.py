"""Writes a bust as an ordinary GLB: what ../README.md promises, and nothing that only our renderer understands.

One rule: whatever varies goes through `Part`; this file knows glTF and no anatomy.
Source: glTF 2.0 specification, https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
"""
from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pygltflib as gl
from PIL import Image

from motion.frame import ARKIT

from .mesh import Part

METRE = 0.1  # of the base mesh's decimetres
SKIPPED_M = 2e-5  # offsets below 0.02 mm are not worth their bytes
MATERIALS = {  # name -> (mesh, alpha mode, double sided, roughness)
    "skin": ("face", gl.OPAQUE, False, 0.55),
    "eye": ("face", gl.OPAQUE, False, 0.1),
    "mouth": ("face", gl.OPAQUE, True, 0.3),
    "lash": ("face", gl.BLEND, True, 0.8),
    "hair": ("dress", gl.OPAQUE, True, 0.5),
    "cloth": ("dress", gl.OPAQUE, True, 0.9),
}
_COMPONENT = {np.dtype("f4"): gl.FLOAT, np.dtype("u1"): gl.UNSIGNED_BYTE, np.dtype("u2"): gl.UNSIGNED_SHORT}
_TYPE = {1: gl.SCALAR, 2: gl.VEC2, 3: gl.VEC3, 4: gl.VEC4, 16: gl.MAT4}


class _Writer:
    """Grows the document and its one buffer together."""

    def __init__(self) -> None:
        self.doc = gl.GLTF2(asset=gl.Asset(version="2.0", generator="duologue render.avatars.build"))
        self.blob = bytearray()

    def view(self, data: bytes, target: int | None = None) -> int:
        self.blob += b"\0" * (-len(self.blob) % 4)
        self.doc.bufferViews.append(
            gl.BufferView(buffer=0, byteOffset=len(self.blob), byteLength=len(data), target=target))
        self.blob += data
        return len(self.doc.bufferViews) - 1

    def accessor(self, array: np.ndarray, target: int | None = gl.ARRAY_BUFFER, bounds: bool = False) -> int:
        array = np.ascontiguousarray(array)
        width = array[0].size
        low, high = ([float(x) for x in np.reshape(f(array, axis=0), -1)] for f in (np.min, np.max))
        self.doc.accessors.append(gl.Accessor(
            bufferView=self.view(array.tobytes(), target), componentType=_COMPONENT[array.dtype], count=len(array),
            type=_TYPE[width], min=low if bounds else None, max=high if bounds else None))
        return len(self.doc.accessors) - 1

    def sparse(self, offsets: np.ndarray) -> int:
        """Offsets [V, 3], zero but for a few: only those are stored."""
        moved = np.flatnonzero(np.abs(offsets).max(1) > SKIPPED_M)
        accessor = gl.Accessor(componentType=gl.FLOAT, count=len(offsets), type=gl.VEC3, min=[0.0] * 3, max=[0.0] * 3)
        if len(moved):
            values = np.ascontiguousarray(offsets[moved], "f4")
            dense = np.zeros_like(offsets, "f4")
            dense[moved] = values
            accessor.min, accessor.max = ([float(x) for x in f(dense, axis=0)] for f in (np.min, np.max))
            accessor.sparse = gl.Sparse(
                count=len(moved),
                indices=gl.AccessorSparseIndices(bufferView=self.view(moved.astype("u2").tobytes()), byteOffset=0,
                                                 componentType=gl.UNSIGNED_SHORT),
                values=gl.AccessorSparseValues(bufferView=self.view(values.tobytes()), byteOffset=0))
        self.doc.accessors.append(accessor)
        return len(self.doc.accessors) - 1

    def texture(self, picture: Image.Image) -> int:
        out = io.BytesIO()
        picture.save(out, "PNG", optimize=True)
        self.doc.images.append(gl.Image(bufferView=self.view(out.getvalue()), mimeType="image/png"))
        self.doc.textures.append(gl.Texture(source=len(self.doc.images) - 1, sampler=0))
        return len(self.doc.textures) - 1

    def primitive(self, part: Part, origin: np.ndarray, material: int) -> gl.Primitive:
        f4 = lambda x: np.asarray(x, "f4")  # noqa: E731
        count = len(part.pos)
        if count > 65_535:
            raise ValueError(f"{part.material} has {count} vertices; expected at most 65535 (16-bit indices)")
        weights = np.zeros((count, 4), "f4")
        weights[:, 0], weights[:, 1] = 1 - part.head, part.head
        joints = np.zeros((count, 4), "u1")
        joints[:, 1] = weights[:, 1] > 0  # the specification wants joint 0 where the weight is 0
        attributes = gl.Attributes(
            POSITION=self.accessor(f4((part.pos - origin) * METRE), bounds=True), NORMAL=self.accessor(f4(part.normal)),
            TEXCOORD_0=self.accessor(f4(part.uv * [1, -1] + [0, 1])),  # glTF counts v from the top
            COLOR_0=self.accessor(f4(np.clip(part.colour, 0, 1))), JOINTS_0=self.accessor(joints),
            WEIGHTS_0=self.accessor(weights))
        if part.tangent is not None:
            attributes.TANGENT = self.accessor(f4(np.c_[part.tangent, np.ones(count)]))
        shade = np.stack([part.occlusion, part.inside, part.ears, part.sway], -1)
        setattr(attributes, "_SHADE", self.accessor(f4(shade)))
        primitive = gl.Primitive(attributes=attributes, material=material, mode=gl.TRIANGLES,
                                 indices=self.accessor(part.tri.astype("u2").reshape(-1, 1), gl.ELEMENT_ARRAY_BUFFER))
        if MATERIALS[part.material][0] == "face":
            still = np.zeros((count, 3), "f4")
            primitive.targets = [
                {"POSITION": self.sparse(f4(part.morphs.get(name, still)) * np.float32(METRE))} for name in ARKIT]
        return primitive


def write(path: Path, parts: list[Part], pictures: dict[str, Image.Image], origin: np.ndarray, head: np.ndarray,
          extras: dict, asset: dict) -> None:
    """Write one bust.

    Args:
        path: the file.
        parts: one per material at most.
        pictures: material -> RGBA picture.
        origin: the point of the base mesh, in dm, that becomes (0, 0, 0).
        head: the point the head turns about, in dm of the base mesh.
        extras: goes to scenes[0].extras.duologue.
        asset: copyright and provenance.
    """
    w = _Writer()
    doc = w.doc
    doc.asset.copyright, doc.asset.extras = asset["copyright"], {"provenance": asset["provenance"]}
    doc.samplers = [gl.Sampler(
        magFilter=gl.LINEAR, minFilter=gl.LINEAR_MIPMAP_LINEAR, wrapS=gl.REPEAT, wrapT=gl.REPEAT)]
    for name, (_, alpha, both, rough) in MATERIALS.items():
        shading = gl.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=rough)
        if name in pictures:
            shading.baseColorTexture = gl.TextureInfo(index=w.texture(pictures[name]))
        doc.materials.append(gl.Material(
            name=name, pbrMetallicRoughness=shading, alphaMode=alpha, doubleSided=both))
    turning = [float(x) for x in (head - origin) * METRE]
    doc.nodes = [gl.Node(name=path.stem, children=[1, 3, 4]), gl.Node(name="body", children=[2]),
                 gl.Node(name="head", translation=turning)]
    bind = np.tile(np.eye(4, dtype="f4"), (2, 1, 1))
    bind[1, 3, :3] = -np.asarray(turning, "f4")  # column-major: the last row holds the translation
    doc.skins = [gl.Skin(joints=[1, 2], inverseBindMatrices=w.accessor(bind.reshape(2, 16), None), skeleton=1)]
    order = list(MATERIALS)
    for mesh in ("face", "dress"):
        chosen = sorted((p for p in parts if MATERIALS[p.material][0] == mesh), key=lambda p: order.index(p.material))
        primitives = [w.primitive(p, origin, order.index(p.material)) for p in chosen]
        names = {"targetNames": list(ARKIT)} if mesh == "face" else {}
        doc.meshes.append(gl.Mesh(name=mesh, primitives=primitives, extras=names,
                                  weights=[0.0] * 52 if names else None))
        doc.nodes.append(gl.Node(name=mesh, mesh=len(doc.meshes) - 1, skin=0))
    doc.scenes, doc.scene = [gl.Scene(name=path.stem, nodes=[0], extras={"duologue": extras})], 0
    doc.buffers = [gl.Buffer(byteLength=len(w.blob))]
    doc.set_binary_blob(bytes(w.blob))
    doc.save_binary(str(path))
