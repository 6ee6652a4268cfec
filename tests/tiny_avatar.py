"""Builds a small head as GLB bytes, and spoils it on request: a ball of 114 vertices with the 52 ARKit shapes."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

import numpy as np

from motion.frame import ARKIT


class Builder:
    """Collects buffer views and accessors."""

    def __init__(self) -> None:
        self.data, self.views, self.accessors = bytearray(), [], []

    def view(self, array: np.ndarray) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": array.nbytes})
        self.data += array.tobytes()
        return len(self.views) - 1

    def accessor(self, array: np.ndarray, kind: str, component: int) -> int:
        self.accessors.append(
            {"bufferView": self.view(array), "componentType": component, "count": len(array), "type": kind}
        )
        return len(self.accessors) - 1

    def sparse(self, count: int, at: np.ndarray, values: np.ndarray) -> int:
        part = {
            "count": len(at),
            "indices": {"bufferView": self.view(at.astype("<u2")), "componentType": 5123},
            "values": {"bufferView": self.view(values.astype("<f4"))},
        }
        self.accessors.append({"componentType": 5126, "count": count, "type": "VEC3", "sparse": part})
        return len(self.accessors) - 1


def ball(radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [114, 3] and triangles of a ball with 8 rings of 14, and two poles."""
    rings, across = 8, 14
    a, b = np.meshgrid(
        np.pi * np.arange(1, rings + 1) / (rings + 1), 2 * np.pi * np.arange(across) / across, indexing="ij"
    )
    points = np.stack([np.sin(a) * np.sin(b), np.cos(a), np.sin(a) * np.cos(b)], -1).reshape(-1, 3)
    points = np.concatenate([points, [[0, 1, 0], [0, -1, 0]]]) * radius
    faces = []
    for i in range(across):
        j = (i + 1) % across
        faces += [(rings * across, i, j), (rings * across + 1, (rings - 1) * across + j, (rings - 1) * across + i)]
        for ring in range(rings - 1):
            p, q = ring * across, (ring + 1) * across
            faces += [(p + i, q + i, q + j), (p + i, q + j, p + j)]
    return points.astype("<f4"), np.array(faces)


def document(
    names: tuple[str, ...] = ARKIT, radius: float = 0.1, colour: tuple = (0.8, 0.4, 0.3, 1.0)
) -> tuple[dict, bytearray]:
    """The JSON part and the binary part."""
    points, faces = ball(radius)
    b = Builder()
    attributes = {
        "POSITION": b.accessor(points, "VEC3", 5126),
        "NORMAL": b.accessor(points / np.float32(radius), "VEC3", 5126),
    }
    indices = b.accessor(faces.astype("<u2").reshape(-1), "SCALAR", 5123)
    targets = []
    for k, name in enumerate(names):
        side = (
            1
            if "left" in name.lower() or name.endswith("_L")
            else -1
            if "right" in name.lower() or name.endswith("_R")
            else 0
        )
        goal = np.array([0.32 * side, 0.3 if "eye" in name.lower() or "brow" in name.lower() else -0.4, 0.85]) * radius
        at = np.sort(np.argsort(np.linalg.norm(points - goal, axis=1))[:5])
        targets.append(
            {"POSITION": b.sparse(len(points), at, np.tile([0, -0.1 * radius, 0.02 * radius * (k % 3)], (5, 1)))}
        )
    mesh = {
        "name": "Head",
        "extras": {"targetNames": list(names)},
        "primitives": [{"attributes": attributes, "indices": indices, "material": 0, "targets": targets}],
    }
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "HeadMesh", "mesh": 0}],
        "meshes": [mesh],
        "materials": [{"name": "Painted", "pbrMetallicRoughness": {"baseColorFactor": list(colour)}}],
        "accessors": b.accessors,
        "bufferViews": b.views,
        "buffers": [{"byteLength": len(b.data)}],
    }, b.data


def pack(gltf: dict, data: bytes) -> bytes:
    """Both parts as one GLB."""
    text = json.dumps(gltf).encode()
    text += b" " * (-len(text) % 4)
    body = bytes(data) + b"\0" * (-len(data) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(body), 0x004E4942) + body
    return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks


def glb(spoil: Callable[[dict, bytearray], None] | None = None, **kwargs) -> bytes:
    """The head, after `spoil` changed its parts."""
    gltf, data = document(**kwargs)
    if spoil is not None:
        spoil(gltf, data)
    return pack(gltf, data)
