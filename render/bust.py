"""A glTF model as a bust we can pose and shade: vertices in one row, the 52 ARKit morphs, a head weight for each
vertex. No GL.

One rule: what our own files state is taken as it is; what a foreign file leaves out is guessed from its names and its
shape.

Normals move with the morphs: their change is computed here, from faces welded by position, because files hardly ever
carry it and a smile without it stays lit like a straight face.
Letters: V vertices, M moving vertices (the first ones), T triangles, K touched (vertex, morph) pairs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from scipy.spatial import cKDTree

from motion.frame import ARKIT, INDEX
from render.errors import AvatarError
from render.gltf import Material, Model, Primitive, load

KINDS = ("hair", "skin", "cloth", "eye", "mouth", "lash", "plain")  # in drawing order: what covers most comes first
MAY_LACK = {"tongueOut"}  # many exporters leave it out and no sentence needs it
BY_NAME = (
    ("lash", "lash"),
    ("cornea|eye_?(shadow|wet|occlu)", "skip"),
    ("eye_?ball|iris|sclera|wolf3d_eye|^eyes?(_|$)", "eyeball"),
    ("teeth|tooth|tongue|gum|mouth", "mouth"),
    ("hair|beard|brow", "plain"),
    ("skin|head|face|body", "skin"),
)
FOREIGN_GLOSS = 90  # of 255; our own skin maps have 60 on the cheeks and 140 on the lips
EYE_GAP = 0.063  # metres between the eyes of an adult


@dataclass(frozen=True)
class Part:
    """One surface: how it is shaded, which triangles, with which picture."""

    kind: str  # one of KINDS
    triangles: np.ndarray  # int32 [T, 3] into the vertices of the bust
    material: Material


@dataclass(frozen=True)
class Bust:
    """Everything about one avatar that a GPU or a test wants to know. Metres, facing +Z, eyes at y = 0."""

    name: str
    position: np.ndarray  # float32 [V, 3]
    normal: np.ndarray  # float32 [V, 3]
    uv: np.ndarray  # float32 [V, 2]
    colour: np.ndarray  # float32 [V, 3], sRGB
    shade: np.ndarray  # float32 [V, 4]: occlusion, inside of the mouth, light through the ears, sway of the hair
    tangent: np.ndarray  # float32 [V, 3], along the strand
    head: np.ndarray  # float32 [V], 0 follows the body, 1 the head
    touched: np.ndarray  # int32 [M], the vertices that any morph moves
    morphs: sparse.csr_matrix  # float32 [M * 6, 52]: change of position and normal by weight
    parts: tuple[Part, ...]
    pivot: np.ndarray  # float32 [3], the point the head turns about
    eye: np.ndarray  # float32 [3], centre of the left eye
    eye_radius: float
    rib: float  # depth of a knitted rib, 0..1
    extent: np.ndarray  # float32 [2, 3], smallest and largest corner


def read(path: Path) -> Bust:
    """Load an avatar file.

    Raises:
        AvatarError: it is not a GLB with a face that has the ARKit morph targets.
    """
    return understand(load(path))


def arkit_name(name: str) -> str | None:
    """The ARKit name a morph means: JawOpen, eye_blink_L and face.eyeBlinkLeft are taken; others give None."""
    plain = re.sub(
        r"[^a-z]", "", re.sub(r"_([lr])$", lambda m: {"l": "left", "r": "right"}[m[1]], name.split(".")[-1].lower())
    )
    return _PLAIN.get(plain)


_PLAIN = {name.lower(): name for name in ARKIT}


def understand(model: Model) -> Bust:
    """See `read`."""
    _all_morphs(model)
    ours = isinstance(model.extras.get("duologue"), dict)
    primitives = [(p, kind) for p in model.primitives if (kind := _kind(p, ours)) != "skip"]
    if not any(len(at) for p, _ in primitives for at, _ in p.morphs.values()):
        raise AvatarError(f"{model.name}: the morph targets", "shapes that move nothing", "a face", "export them again")
    primitives.sort(key=lambda pair: not pair[0].morphs)  # stable: moving vertices first
    counts = [len(p.attributes["POSITION"]) for p, _ in primitives]
    starts = np.concatenate([[0], np.cumsum(counts)])

    def row(name: str, default: Sequence[float]) -> np.ndarray:
        arrays = [
            p.attributes[name][:, : len(default)] if name in p.attributes else np.tile(np.float32(default), (n, 1))
            for (p, _), n in zip(primitives, counts)
        ]
        return np.ascontiguousarray(np.concatenate(arrays), np.float32)

    position, shade = row("POSITION", (0, 0, 0)), row("_SHADE", (1, 0, 0, 0))
    normal = np.concatenate([_normals(p) for p, _ in primitives])
    for (primitive, kind), a, b in zip(primitives, starts, starts[1:]):
        if "_SHADE" not in primitive.attributes and kind == "mouth":
            shade[a:b, 1] = 1.0
    touched, morphs = _morph_matrix([p for p, _ in primitives], starts, position, normal)
    head = np.concatenate([_head_weight(p, model) for p, _ in primitives])
    eye, radius, pivot, move = _landmarks(model, primitives, starts, position)
    if move is not None:  # a foreign file: bring its eyes to y = 0 and to human size
        scale, shift = move
        position = ((position + shift) * scale).astype(np.float32)
        morphs = (morphs.multiply(np.tile(np.float32([scale] * 3 + [1] * 3), len(touched))[:, None])).tocsr()
    parts = tuple(
        Part(
            kind,
            (p.triangles + a).astype(np.int32),
            _foreign_skin(p.material) if kind == "skin" and not ours else p.material,
        )
        for (p, kind), a in zip(primitives, starts)
    )
    parts = tuple(sorted(parts, key=lambda part: KINDS.index(part.kind)))
    uv = row("TEXCOORD_0", (0, 0))
    _root_lashes(parts, position, uv)
    extras = model.extras.get("duologue")
    rib = extras.get("rib", 0.0) if isinstance(extras, dict) else 0.0
    return Bust(
        model.name,
        position,
        normal,
        uv,
        row("COLOR_0", (1, 1, 1)),
        shade,
        row("TANGENT", (0, -1, 0)),
        head,
        touched,
        morphs,
        parts,
        pivot.astype(np.float32),
        eye.astype(np.float32),
        float(radius),
        float(rib) if isinstance(rib, (int, float)) else 0.0,
        np.stack([position.min(0), position.max(0)]),
    )


def _all_morphs(model: Model) -> None:
    have = {arkit_name(name) for p in model.primitives for name in p.morphs}
    missing = [name for name in ARKIT if name not in have and name not in MAY_LACK]
    if missing:
        got = f"{len(ARKIT) - len(missing)} of them, without {', '.join(missing[:6])}" + (
            " ..." if len(missing) > 6 else ""
        )
        raise AvatarError(
            f"{model.name}: the morph targets",
            got,
            "the 52 ARKit shapes",
            "add them, or name them as ARKit does (jawOpen, eyeBlinkLeft)",
        )


def _kind(primitive: Primitive, ours: bool) -> str:
    """Names are promises in our own files only: an `eye` of ours has the iris map that its shader wants."""
    name = primitive.material.name
    if ours and name in KINDS:
        if name == "hair" and "TANGENT" not in primitive.attributes:
            return "plain"  # a strand shader needs to know where the strands run
        return name
    for text in (name, primitive.mesh):
        for pattern, kind in BY_NAME:
            if re.search(pattern, text.lower()):
                # our iris shader wants our iris map; a foreign eyeball keeps its own picture
                return {"eyeball": "plain", "lash": "plain"}.get(kind, kind)
    return "plain"


def _root_lashes(parts: tuple[Part, ...], position: np.ndarray, uv: np.ndarray) -> None:
    """Exporters disagree on which way v runs: turn `uv` in place so that lashes grow from v = 0 at the lid."""
    lashes, skin = ([p.triangles.reshape(-1) for p in parts if p.kind == kind] for kind in ("lash", "skin"))
    if lashes and skin:
        ids = np.unique(np.concatenate(lashes))
        away = cKDTree(position[np.unique(np.concatenate(skin))]).query(position[ids])[0]
        if (away - away.mean()) @ (uv[ids, 1] - uv[ids, 1].mean()) < 0:
            uv[ids, 1] = 1.0 - uv[ids, 1]


def _foreign_skin(material: Material) -> Material:
    """A skin picture as our shader wants it: the base colour in it, and an even gloss in alpha."""
    image = np.full((1, 1, 4), 255, np.uint8) if material.image is None else material.image
    coloured = np.full_like(image, FOREIGN_GLOSS)
    for k, share in enumerate(material.colour[:3]):  # by table: as floats a picture of 4096 x 4096 takes half a GB
        coloured[..., k] = (np.arange(256) * share).clip(0, 255).astype(np.uint8)[image[..., k]]
    return replace(material, image=coloured)


def _face_normals(position: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (position[triangles[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _weld(position: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, sparse.csr_matrix]:
    """Seams of a texture split vertices; for normals they are one. Returns the joint index [V] and who sums what."""
    _, joint = np.unique(np.round(position * 1e5).astype(np.int64), axis=0, return_inverse=True)
    joint = joint.reshape(-1)
    rows = joint[triangles.reshape(-1)]
    columns = np.repeat(np.arange(len(triangles)), 3)
    return joint, sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (joint.max() + 1, len(triangles)))


def _normals(primitive: Primitive) -> np.ndarray:
    if "NORMAL" in primitive.attributes:
        return _unit(primitive.attributes["NORMAL"]).astype(np.float32)
    position = primitive.attributes["POSITION"]
    joint, gather = _weld(position, primitive.triangles)
    return _unit(gather @ _face_normals(position, primitive.triangles))[joint].astype(np.float32)


def _morph_matrix(
    primitives: list[Primitive], starts: np.ndarray, position: np.ndarray, normal: np.ndarray
) -> tuple[np.ndarray, sparse.csr_matrix]:
    """All morphs of all surfaces as one sparse matrix, so that a face is one product."""
    vertex, column, change = [], [], []
    for primitive, start in zip(primitives, starts):
        if not primitive.morphs:
            continue
        rest = primitive.attributes["POSITION"].astype(np.float64)
        joint, gather = _weld(rest, primitive.triangles)
        before = _unit(gather @ _face_normals(rest, primitive.triangles))
        for name, (at, delta) in primitive.morphs.items():
            target = arkit_name(name)
            if target is None or not len(at):
                continue
            moved = rest.copy()
            moved[at] += delta
            turn = (_unit(gather @ _face_normals(moved, primitive.triangles)) - before)[joint]
            some = np.union1d(at, np.flatnonzero(np.abs(turn).max(1) > 0.02))
            both = np.zeros((len(some), 6))
            both[:, :3], both[:, 3:] = (moved - rest)[some], turn[some]
            vertex.append(some + start)
            column.append(np.full(len(some), INDEX[target]))
            change.append(both)
    vertex, column, change = np.concatenate(vertex), np.concatenate(column), np.concatenate(change)
    touched, place = np.unique(vertex, return_inverse=True)
    rows = (place[:, None] * 6 + np.arange(6)).reshape(-1)
    matrix = sparse.csr_matrix(
        (change.reshape(-1).astype(np.float32), (rows, np.repeat(column, 6))), (len(touched) * 6, len(ARKIT))
    )
    matrix.eliminate_zeros()
    return touched.astype(np.int32), matrix


def _head_weight(primitive: Primitive, model: Model) -> np.ndarray:
    """How much a vertex follows the head; what has no skin hangs on it."""
    if primitive.joints is None:
        return np.ones(len(primitive.attributes["POSITION"]), np.float32)
    parents = {name: model.nodes[parent][0] if parent is not None else None for name, parent, _ in model.nodes}
    part = np.array([_headness(name, parents) for name in primitive.joint_names], np.float32)
    if not part.any():
        return np.ones(len(primitive.attributes["POSITION"]), np.float32)
    return (part[primitive.joints] * primitive.weights).sum(1).astype(np.float32)


def _headness(joint: str | None, parents: dict[str, str | None]) -> float:
    neck = 0.0
    for _ in range(64):  # bounds a chain of equal names
        if joint is None:
            return neck
        if "head" in joint.lower():
            return 1.0
        if "neck" in joint.lower():
            neck = 0.5
        joint = parents.get(joint)
    return neck


def _landmarks(
    model: Model, primitives: list[tuple[Primitive, str]], starts: np.ndarray, position: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray, tuple[float, np.ndarray] | None]:
    """Left eye, its radius, the head's turning point, and for foreign files (scale, shift) into our frame."""
    head = next((np.array(at) for name, _, at in model.nodes if name == "head"), None)
    ours = model.extras.get("duologue")
    if isinstance(ours, dict) and head is not None:
        eye, radius = np.array(ours.get("eye", ()), object), ours.get("eye_radius")
        if (
            eye.shape != (3,)
            or not all(isinstance(x, (int, float)) and abs(x) < 1 for x in (*eye, radius))
            or not radius > 0
        ):
            raise AvatarError(
                f"{model.name}: extras.duologue",
                ours,
                "eye [x, y, z] and eye_radius in metres",
                "build it again with python -m render.avatars.build",
            )
        return eye.astype(float), float(radius), head, None
    lids = {}
    for side in ("Left", "Right"):
        for (primitive, _), start in zip(primitives, starts):
            for name, (at, delta) in primitive.morphs.items():
                size = np.linalg.norm(delta, axis=1)
                if arkit_name(name) == f"eyeBlink{side}" and size.any():
                    lids.setdefault(side, []).append((position[start + at] * size[:, None]).sum(0) / size.sum())
    if len(lids) < 2:
        raise AvatarError(
            f"{model.name}: eyeBlinkLeft and eyeBlinkRight",
            "shapes that move nothing",
            "closing lids",
            "export them again",
        )
    left, right = (np.mean(lids[side], 0) for side in ("Left", "Right"))
    gap = float(np.linalg.norm(left - right))
    if gap < 1e-6:
        raise AvatarError(f"{model.name}: the eyes", "one place", "two", "export it again")
    scale = EYE_GAP / gap if not 0.045 < gap < 0.085 else 1.0  # centimetres and inches become metres, real faces stay
    middle = (left + right) / 2
    joint = next(
        (np.array(at) for name, _, at in model.nodes if "head" in name.lower()),
        middle - np.array([0, 0.035, 0.08]) / scale,
    )
    origin = np.array([middle[0], middle[1], joint[2]])
    eye = (left - origin) * scale - [0, 0, 0.012]
    return eye, 0.0125, (joint - origin) * scale, (scale, -origin)
