"""Makes the 52 face units behave on one person: lips that meet, lids that close, a smile that shows its teeth.

One rule: shapes add up linearly, so every promise about a sum is kept by each shape for itself. Lips stay sealed under
any mix of closed-mouth shapes because none of them parts the line where they touch; an opener may, `mouthClose` takes
back exactly what `jawOpen` parts.
Source: the shapes are Mika Suominen's face units; the ARKit meaning of each is Apple's ARFaceAnchor.BlendShapeLocation.
"""
from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from .body import LOWER_RIM, UPPER_RIM, Marks, mirrored
from .mesh import smooth
from .source import Source

OPENERS = {"jawOpen", "mouthFunnel", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft",
           "mouthLowerDownRight", "tongueOut", "mouthClose"}
STRONGER = {"mouthUpperUpLeft": 1.75, "mouthUpperUpRight": 1.75, "mouthLowerDownLeft": 1.6, "mouthLowerDownRight": 1.6}
CHEEK_IN_SMILE = 0.22  # of cheekSquint: a smile without its cheeks is a grimace
OVERLAP = 0.004  # dm the lips press into each other where they are sealed
# how far jawOpen parts the lips by |x|: the base mesh makes a V of it, a mouth is a U
JAW_DROP = ((0.0, 0.05, 0.10, 0.14, 0.18, 0.22, 0.25), (0.335, 0.328, 0.295, 0.24, 0.16, 0.06, 0.012))
# how much more mouthUpperUp lifts the lip by |x|, dm: the base mesh leaves its middle hanging like a curtain
LIP_LIFT = ((0.0, 0.06, 0.12, 0.18, 0.24), (0.085, 0.080, 0.045, 0.012, 0.0))
# the apple of a smiling cheek: (x, y above the nose, z) of its middle, its radius, and how far it moves, in dm
APPLE, APPLE_SIZE, APPLE_MOVE = (0.36, 0.03), 0.17, (0.014, 0.012, 0.026)
REACH = 0.075  # dm from the touching line over which a lip follows its correction
CREASE = 0.055  # dm behind their front up to which lips must touch; deeper, a crease would look like an open mouth
COLUMN = 0.022  # dm; width of the columns of lip that move as one
LID_LAP = 0.004  # dm the closed upper lid lies in front of the lower


def adjusted(source: Source, pos: np.ndarray, marks: Marks) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The body with sealed lips [V, 3], and all 52 shapes as offsets [V, 3] from it."""
    units = {name: d * STRONGER.get(name, 1.0) for name, d in source.face_units.items()}
    for side in ("Left", "Right"):
        units[f"mouthSmile{side}"] = units[f"mouthSmile{side}"] + CHEEK_IN_SMILE * units[f"cheekSquint{side}"]
    lips = _Lips(source, pos)
    for _ in range(4):  # full lips meet elsewhere than thin ones: close what is seen of the gap, then look again
        pos = pos + lips.correction(np.zeros_like(pos), -OVERLAP - lips.seen(pos), upper_share=0.5)
    for name, offsets in units.items():
        if name not in OPENERS:
            # a smile lifts the lower lip of the base mesh into the upper one: there the lower lip alone gives way
            units[name] = offsets + lips.correction(offsets, 0.0, upper_share=0.0 if "Smile" in name else 0.5)
    drop = np.interp(np.abs(lips.x[lips.near]), *JAW_DROP)
    units["jawOpen"] = units["jawOpen"] + lips.correction(units["jawOpen"], drop, upper_share=0.0)
    for side, sign in (("Left", 1), ("Right", -1)):
        name = f"mouthUpperUp{side}"
        own_side = smooth(-0.05, 0.05, sign * lips.x)
        units[name] = units[name] + lips.lifted(np.interp(np.abs(lips.x), *LIP_LIFT) * own_side)
        away = np.hypot(pos[:, 0] - sign * APPLE[0], pos[:, 1] - marks.nose[1] - APPLE[1]) / APPLE_SIZE
        apple = np.exp(-away ** 2) * (pos[:, 2] > marks.eye[2] - 0.4)
        units[f"mouthSmile{side}"] = units[f"mouthSmile{side}"] + apple[:, None] * (np.array(APPLE_MOVE) * [sign, 1, 1])
    close, jaw = units["mouthClose"], units["jawOpen"]
    units["mouthClose"] = close + lips.correction(close + jaw, 0.0, upper_share=0.35)
    for side, sign in (("Left", 1), ("Right", -1)):
        units[f"eyeBlink{side}"] = _closing(source, pos, units[f"eyeBlink{side}"], marks, sign)
    return pos, units


class _Lips:
    """The line along which the lips touch, and how far each vertex near it follows."""

    def __init__(self, source: Source, pos: np.ndarray) -> None:
        base, jaw = source.base, source.face_units["jawOpen"][:, 1]
        skin = np.unique(base.quad[base.group == "body"])
        at_uv = np.zeros((len(base.pos), 2))
        body = base.group == "body"
        at_uv[base.quad[body].ravel()] = base.uv[base.quad_uv[body].ravel()]
        mouth = np.maximum(source.mask_at("lips", 2, at_uv), source.mask_at("inside-mouth", 2, at_uv)) > 0.3
        near = skin[mouth[skin] & (np.abs(base.pos[skin, 1] - 6.61) < 0.09) & (base.pos[skin, 2] > 1.25)
                    & (np.abs(base.pos[skin, 0]) < 0.262)]
        # the jaw carries the lower lip; towards the corners both lips follow it, so the border falls with |x|
        border = np.interp(np.abs(base.pos[near, 0]), [0, 0.10, 0.18, 0.22, 0.25],
                           [-0.16, -0.15, -0.125, -0.112, -0.1215])
        self.lower, self.upper = near[jaw[near] < border], near[jaw[near] >= border]
        line = np.array([[x, *self._edge(base.pos, x)] for x in np.linspace(-0.25, 0.25, 41)])
        self.line, self.near, self.quad = line, near, base.quad[body]
        distance = np.hypot(base.pos[near, 1] - np.interp(base.pos[near, 0], line[:, 0], line[:, 1]),
                            base.pos[near, 2] - np.interp(base.pos[near, 0], line[:, 0], line[:, 2]))
        corner = np.clip((0.262 - np.abs(base.pos[near, 0])) / 0.03, 0, 1)
        self.follow = np.exp(-((distance / REACH) ** 2)) * corner
        self.x = base.pos[:, 0]
        self.touching = {"upper": self._touching(base.pos, self.upper), "lower": self._touching(base.pos, self.lower)}

    def _edge(self, pos: np.ndarray, x: float) -> tuple[float, float]:
        """Height and depth where the lips touch in the column around x."""
        column = np.exp(-(((pos[self.lower, 0] - x) / COLUMN) ** 2))
        forward = np.exp((pos[self.lower, 1] - 6.61) / 0.008) * column * (pos[self.lower, 2] > 1.36)
        return tuple((forward @ pos[self.lower, 1:]) / forward.sum())

    def _touching(self, pos: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vertices close to the line and their weights: they stand for the lip's edge."""
        distance = np.hypot(pos[ids, 1] - np.interp(pos[ids, 0], self.line[:, 0], self.line[:, 1]),
                            pos[ids, 2] - np.interp(pos[ids, 0], self.line[:, 0], self.line[:, 2]))
        close = distance < 0.026
        return ids[close], np.exp(-((distance[close] / 0.012) ** 2)) + 1e-3

    def height(self, field: np.ndarray, lip: str, x: np.ndarray) -> np.ndarray:
        """The y of a field (positions or offsets) along one lip's edge, at columns x."""
        ids, weight = self.touching[lip]
        near = np.exp(-(((self.x[ids][None] - x[:, None]) / (COLUMN / 2)) ** 2)) * weight[None]
        return (near @ field[ids, 1]) / near.sum(1)

    def seen(self, pos: np.ndarray) -> np.ndarray:
        """How far apart the fronts of the lips stand, for each of `near`: lowest upper less highest lower point."""
        edges = {}
        for name, ids in (("upper", self.upper), ("lower", self.lower)):
            inside = np.isin(self.quad, ids).all(1)
            corner = pos[self.quad[inside]]
            dense = np.concatenate([corner.reshape(-1, 3), corner.mean(1),
                                    ((corner + np.roll(corner, 1, 1)) / 2).reshape(-1, 3)])
            sign = 1 if name == "lower" else -1
            steps = np.linspace(-0.25, 0.25, 51)
            column = np.abs(dense[:, 0][None] - steps[:, None]) < COLUMN / 2
            front = np.where(column, dense[:, 2][None], -np.inf).max(1)
            column &= dense[:, 2][None] > front[:, None] - CREASE
            edges[name] = sign * np.where(column, sign * dense[:, 1][None], -np.inf).max(1)
        gap = edges["upper"] - edges["lower"]
        known = np.isfinite(gap)
        smoothed = gaussian_filter1d(np.interp(steps, steps[known], gap[known]), 4.0)  # 4 mm wide: no dents
        return np.interp(pos[self.near, 0], steps, smoothed)

    def lifted(self, rise: np.ndarray) -> np.ndarray:
        """Offsets that lift the upper lip by `rise` [V] where the lips touch, less away from there."""
        out = np.zeros((len(self.x), 3))
        ids = self.near
        out[ids, 1] = rise[ids] * self.follow * np.isin(ids, self.upper)
        return out

    def correction(self, field: np.ndarray, wanted: float | np.ndarray, upper_share: float) -> np.ndarray:
        """What to add so that upper edge minus lower edge is `wanted` (a number, or one for each of `near`)."""
        x = self.x[self.near]
        change = wanted - (self.height(field, "upper", x) - self.height(field, "lower", x))
        share = np.where(np.isin(self.near, self.upper), upper_share, upper_share - 1.0)
        out = np.zeros_like(field)
        out[self.near, 1] = change * share * self.follow
        return out


def _closing(source: Source, pos: np.ndarray, blink: np.ndarray, marks: Marks, sign: int) -> np.ndarray:
    """A blink whose upper rim lands just in front of the lower rim, all along, with the whole lid following."""
    upper, lower = (np.array(ids) if sign > 0 else mirrored(source, ids) for ids in (UPPER_RIM, LOWER_RIM))
    closed = pos + blink
    across = sign * closed[lower, 0]
    order = np.argsort(across)
    error = np.zeros((len(upper), 3))
    for k, i in enumerate(upper):
        target = [np.interp(sign * closed[i, 0], across[order], closed[lower[order], axis]) for axis in (1, 2)]
        error[k, 1:] = np.array(target) + [-LID_LAP, LID_LAP] - closed[i, 1:]
    error[[0, -1]] *= 0.4  # the corners stay where they are
    error[:, 1] += 0.004 * np.sin(np.linspace(0, np.pi, len(upper)))
    travel = np.linalg.norm(blink, axis=1)
    rim_x = sign * pos[upper, 0]
    along = sign * pos[:, 0]
    full = np.interp(along, rim_x, travel[upper])
    near = (sign * pos[:, 0] > 0) & (np.linalg.norm(pos - marks.eye * [sign, 1, 1], axis=1) < 2.2 * marks.eye_radius)
    above = pos[:, 1] > np.interp(along, rim_x, pos[upper, 1]) - 0.03
    weight = np.where(near & above, np.clip(travel / np.maximum(full, 1e-3), 0, 1) ** 1.5, 0)
    shift = np.stack([np.interp(along, rim_x, error[:, axis]) for axis in range(3)], -1)
    return blink + weight[:, None] * shift
