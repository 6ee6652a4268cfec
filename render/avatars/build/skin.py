"""Paints the skin map: albedo in sRGB and gloss in alpha, in the base mesh's uv with the face enlarged.

One rule: paint by place on the face (landmarks, masks), never by texel; the lids are painted as they lie when closed,
so that a blink shows clean skin and the open eye hides what belongs in its fold.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .body import Marks
from .maps import noise, rasterise, softened
from .mesh import smooth, split_by_uv
from .people import Look
from .source import Source

SIZE = 1024
# knots of the uv stretch (old, new): the face gets about seven times the texels, islands stay apart
U_KNOTS = ((0.0, 0.74, 0.985, 1.0), (0.0, 0.22, 0.99, 1.0))
V_KNOTS = ((0.0, 0.30, 0.66, 1.0), (0.0, 0.12, 0.90, 1.0))
Colour = tuple[float, float, float]


def stretched(uv: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(uv[..., 0], *U_KNOTS), np.interp(uv[..., 1], *V_KNOTS)], -1)


def _unstretched(uv: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(uv[..., 0], *U_KNOTS[::-1]), np.interp(uv[..., 1], *V_KNOTS[::-1])], -1)


@dataclass
class _Canvas:
    """The picture being painted: colour [S, S, 3], gloss [S, S], and where on the body each texel lies."""

    at: np.ndarray  # [S, S, 3] dm
    colour: np.ndarray
    gloss: np.ndarray

    def mix(self, colour: np.ndarray | Colour, mask: np.ndarray, strength: float = 1.0) -> None:
        a = np.clip(mask * strength, 0, 1)[..., None]
        self.colour = self.colour * (1 - a) + np.asarray(colour) * a

    def multiply(self, factor: tuple[float, float, float] | np.ndarray, mask: np.ndarray) -> None:
        self.colour = self.colour * (1 + (np.asarray(factor) - 1) * np.clip(mask, 0, 1)[..., None])

    def blob(self, centre: np.ndarray | list[float], radius: tuple[float, float, float] | list[float]) -> np.ndarray:
        return np.exp(-(((self.at - np.asarray(centre)) / np.asarray(radius)) ** 2).sum(-1))

    def stroke(self, points: list[tuple[float, float]], width: float, front_of: float) -> np.ndarray:
        """A soft line through (|x|, y) on both sides of the face, fading at its ends."""
        knots = np.array(points)
        t = np.linspace(0, 1, 40)
        line = np.stack([np.interp(t * (len(knots) - 1), np.arange(len(knots)), knots[:, k]) for k in (0, 1)], -1)
        x, y = np.abs(self.at[..., 0]), self.at[..., 1]
        low, high = line.min(0) - 4 * width, line.max(0) + 4 * width
        near = (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1]) & (self.at[..., 2] > front_of)
        out = np.zeros(x.shape)
        d, k = cKDTree(line).query(np.stack([x[near], y[near]], -1))
        out[near] = np.exp(-((d / width) ** 2)) * np.sin(np.pi * np.clip(t[k], 0.02, 0.98)) ** 0.6
        return out


def paint(source: Source, pos: np.ndarray, blink: np.ndarray, marks: Marks, look: Look, *,
          hair: Callable[[np.ndarray], np.ndarray], beard: Callable[[np.ndarray], np.ndarray],
          rim: np.ndarray) -> np.ndarray:
    """The map [S, S, 4].

    Args:
        pos: the body at rest [V, 3]; blink: offsets of both eyes closed.
        hair: how far hair has grown at points [..., 3], 0 at the hairline, 1 where it is full; beard: 0..1.
        rim: points [N, 3] along both upper lids' rims, closed.
    """
    base = source.base
    head = (base.group == "body") & (pos[base.quad].mean(1)[:, 1] > 3.5)
    vid, tid, tri = split_by_uv(base.quad[head], base.quad_uv[head])
    uv = stretched(base.uv[tid])
    at = rasterise(uv, tri, np.c_[pos[vid], (pos + blink)[vid]], SIZE)
    at, closed = at[..., :3], at[..., 3:]
    grid = (np.arange(SIZE) + 0.5) / SIZE
    flat_uv = _unstretched(np.stack(np.meshgrid(grid, grid), -1))

    def mask(name: str, blur: float) -> np.ndarray:
        return source.mask_at(name, blur, flat_uv)

    canvas = _Canvas(at, np.tile(np.asarray(look.skin, float), (SIZE, SIZE, 1)), np.full((SIZE, SIZE), 0.34))
    _zones(canvas, look, marks, mask)
    _texture(canvas, look, marks)
    _age(canvas, look, marks)
    if look.beard:
        grain = 0.55 + 0.9 * (noise(at * [3, 1, 1.5], 0.012, 7) - 0.3)
        canvas.mix(look.beard_colour, beard(at) * grain, look.beard)
        canvas.gloss -= 0.12 * beard(at)
    _mouth(canvas, look, marks, mask)
    _lids(canvas, look, marks, closed, rim)
    _brows(canvas, look, marks)
    ears, inside = mask("ears", 8), mask("inside-mouth", 3)
    grain = [1.0, 1.0 if look.fade else 0.25, 1.0]  # stubble is dots, the roots of long hair are lines
    feather = noise(at * grain, 0.022, 9) + 0.5 * noise(at * grain, 0.011, 10) - 0.75
    scalp = smooth(0.0, 1.0, hair(at) + feather * 0.13) * (1 - ears) * (1 - inside)
    scalp_colour = np.asarray(look.hair) * 0.62
    if look.temple is not None:
        grey = smooth(0.45, 0.10, at[..., 1] - marks.eye[1])[..., None]
        scalp_colour = scalp_colour * (1 - grey) + np.asarray(look.temple) * 1.1 * grey
    canvas.mix(scalp_colour, scalp, look.scalp)
    canvas.gloss *= 1 - scalp
    return np.dstack([softened(canvas.colour, 0.4), np.clip(canvas.gloss, 0, 1)])


def _zones(c: _Canvas, look: Look, marks: Marks, mask: Callable) -> None:
    """Zone colouring as painters do it: a golden forehead, a rosy middle, a cooler jaw; blush, nose and ears."""
    face, y = mask("face", 25), c.at[..., 1]
    c.multiply((1.02, 1.01, 0.95), 0.6 * face * smooth(marks.eye[1] + 0.25, marks.eye[1] + 0.6, y))
    jaw = face * smooth(marks.mouth[1] + 0.1, marks.mouth[1] - 0.15, y) * smooth(marks.chin[1] - 0.3, marks.chin[1], y)
    c.multiply((0.95, 0.95, 0.97), 0.5 * jaw)
    rosy = look.blush_tint
    for side in (-1, 1):
        cheek = [side * 0.43, marks.nose[1] + 0.05, marks.nose[2] - 0.40]
        c.multiply(rosy, look.blush * c.blob(cheek, (0.22, 0.17, 0.45)))
        c.multiply((0.95, 0.84, 0.84), 0.5 * c.blob(marks.eye * [side, 1, 1] + [0, -0.15, 0.1], (0.17, 0.06, 0.3)))
    c.multiply(rosy, look.nose_red * c.blob(marks.nose, (0.13, 0.13, 0.2)))
    c.multiply(rosy, 0.45 * mask("ears", 8))
    c.gloss += 0.14 * c.blob(marks.nose, (0.09, 0.2, 0.2)) - 0.12 * mask("ears", 8)
    c.gloss += 0.06 * c.blob(marks.eye * [0, 1, 1] + [0, 0.45, 0.3], (0.3, 0.2, 0.4))


def _texture(c: _Canvas, look: Look, marks: Marks) -> None:
    """Mottling and freckles keep skin from looking like plastic."""
    broad, fine, pores = (noise(c.at, cell, k + 1) - 0.5 for k, cell in enumerate((0.22, 0.05, 0.016)))
    c.colour *= 1 + broad[..., None] * [0.03, 0.06, 0.07] + fine[..., None] * [0.025, 0.04, 0.045]
    c.gloss *= 1 + 0.25 * pores + 0.05 * fine
    if not look.freckles:
        return
    rng = np.random.default_rng(11)
    dots = np.stack([rng.normal(0, 0.30, 420), marks.nose[1] + 0.10 + rng.normal(0, 0.10, 420)], -1)
    size = rng.uniform(0.004, 0.009, len(dots))
    x, y, z = np.moveaxis(c.at, -1, 0)
    near = (np.abs(y - marks.nose[1] - 0.10) < 0.3) & (np.abs(x) < 0.7) & (z > marks.eye[2] - 0.2)
    d, k = cKDTree(dots).query(c.at[near][:, :2])
    spots = np.zeros(near.shape)
    spots[near] = np.exp(-((d / size[k]) ** 2)) * (0.4 + 0.6 * rng.random(len(dots)))[k]
    c.multiply((0.84, 0.68, 0.58), look.freckles * spots)


def _age(c: _Canvas, look: Look, marks: Marks) -> None:
    """Lines where a face folds most often; `age` 0 none, 1 a full set. Beside a line the skin is a little lighter."""
    if not look.age:
        return
    ex, ey = marks.eye[0], marks.eye[1]
    nx, ny, my = 0.17, marks.nose[1], marks.mouth[1]
    front = marks.eye[2] - 0.35
    lines = [  # (|x|, y) points, width, strength
        ([(nx, ny + 0.02), (nx + 0.09, ny - 0.10), (nx + 0.15, my + 0.06), (nx + 0.17, my - 0.04)], 0.020, 0.85),
        ([(0.30, my - 0.05), (0.33, my - 0.14), (0.32, my - 0.22)], 0.018, 0.35),
        ([(ex - 0.16, ey - 0.10), (ex - 0.04, ey - 0.165), (ex + 0.10, ey - 0.15)], 0.017, 0.60),
        ([(0.0, ey + 0.50), (0.18, ey + 0.52), (0.38, ey + 0.49)], 0.016, 0.45),
        ([(0.0, ey + 0.60), (0.16, ey + 0.62), (0.34, ey + 0.60)], 0.016, 0.35),
        ([(0.055, ey + 0.14), (0.045, ey + 0.22), (0.05, ey + 0.29)], 0.011, 0.35),
    ]
    for k in (-1, 0, 1):  # crow's feet
        lines.append(([(ex + 0.19, ey - 0.01 + 0.02 * k), (ex + 0.25, ey + 0.045 * k),
                       (ex + 0.30, ey + 0.075 * k - 0.01)], 0.009, 0.50))
    for points, width, strength in lines:
        c.multiply((0.72, 0.60, 0.56), look.age * strength * c.stroke(points, width, front))
        beside = [(x, y + 1.9 * width) for x, y in points]
        c.multiply((1.05, 1.05, 1.05), look.age * strength * 0.6 * c.stroke(beside, width * 1.3, front))


def _mouth(c: _Canvas, look: Look, marks: Marks, mask: Callable) -> None:
    lips, lip = mask("lips", 3), np.asarray(look.lips)
    c.mix(lip, lips, look.lip_strength)
    height = c.at[..., 1] - marks.mouth[1]
    c.multiply((1.10, 1.10, 1.10),
               lips * np.exp(-(((height + 0.06) / 0.03) ** 2)) * np.exp(-((c.at[..., 0] / 0.12) ** 2)))
    c.multiply((0.72, 0.62, 0.62), np.exp(-((height / 0.014) ** 2)) * mask("lips", 6) * 0.55)  # where they touch
    c.gloss += 0.30 * lips * look.lip_gloss
    inside = mask("inside-mouth", 3)
    c.mix((0.46, 0.17, 0.16), inside)
    c.gloss = c.gloss * (1 - inside) + 0.3 * inside


def _lids(c: _Canvas, look: Look, marks: Marks, closed: np.ndarray, rim: np.ndarray) -> None:
    """Shadow on the closed lid, a line along its rim: painted where the lid lies when it is shut."""
    ex, ey = marks.eye[:2]
    front = marks.eye[2] - 0.2
    fold = [(ex - 0.13, ey + 0.040), (ex - 0.07, ey + 0.098), (ex + 0.02, ey + 0.120), (ex + 0.11, ey + 0.098),
            (ex + 0.185, ey + 0.030)]
    c.multiply((0.78, 0.62, 0.57), 0.55 * c.stroke(fold, 0.014, front))
    lower = [(ex - 0.12, ey - 0.035), (ex - 0.05, ey - 0.068), (ex + 0.04, ey - 0.070), (ex + 0.13, ey - 0.030)]
    c.multiply((1.04, 0.86, 0.84), 0.6 * c.stroke(lower, 0.016, front))
    for side in (-1, 1):
        eye = marks.eye * [side, 1, 1]
        offset = (closed - eye) / [0.19, 0.10, 0.3]
        lid = np.exp(-((offset - [0, 0.35, 0.3]) ** 2).sum(-1))
        c.multiply(look.eyeshadow_tint, look.eyeshadow * lid)
    near = np.min([np.linalg.norm(closed - marks.eye * [s, 1, 1], axis=-1) for s in (-1, 1)], axis=0) < 0.32
    d = np.full(near.shape, 9.0)
    d[near] = cKDTree(rim).query(closed[near])[0]
    c.mix((0.17, 0.10, 0.08), np.exp(-((d / 0.013) ** 2)), look.liner)


def _brows(c: _Canvas, look: Look, marks: Marks) -> None:
    """A soft base and some hundred strokes a side: combed up at the inner end, outwards along the tail."""
    brow, rng = look.brow, np.random.default_rng(21)
    t = np.linspace(0, 1, 40)
    x = marks.eye[0] - 0.185 + t * 0.43 * brow.length
    rise = brow.arch * np.sin(np.clip(t / 0.66, 0, 1) * np.pi / 2) ** 1.5 - brow.arch * 1.25 * smooth(0.60, 1.0, t)
    y = marks.eye[1] + brow.height + rise
    half = brow.thick * np.interp(t, [0, 0.12, 0.55, 1], [0.72, 1.0, 0.80, 0.16])
    px, py = np.abs(c.at[..., 0]), c.at[..., 1]
    zone = (c.at[..., 2] > marks.eye[2] - 0.25) & (px > x[0] - 0.1) & (px < x[-1] + 0.1) & (np.abs(py - y.mean()) < 0.2)
    along = np.clip((px[zone] - x[0]) / (x[-1] - x[0]), -0.2, 1.2)
    across = (py[zone] - np.interp(along, t, y)) / np.interp(along, t, half)
    soft = np.clip(1 - np.abs(across) ** 2, 0, 1) * smooth(-0.06, 0.14, along) * smooth(1.04, 0.85, along)
    points, widths = [], []
    for k in range(brow.strokes):
        u, side = rng.random() ** 0.9, rng.uniform(-1.0, 0.85)
        root = np.array([np.interp(u, t, x), np.interp(u, t, y) + side * np.interp(u, t, half)])
        angle = np.interp(u, [0, 0.25, 0.6, 1], [1.15, 0.75, 0.15, -0.35]) - side * 0.35 + rng.normal(0, 0.10)
        s = np.linspace(0, 1, 14)
        length = np.interp(u, [0, 0.3, 1], [0.060, 0.095, 0.070]) * rng.uniform(0.7, 1.2)
        bend = angle - 0.45 * s
        points.append(root + np.stack([np.cos(bend), np.sin(bend)], -1) * (s * length)[:, None])
        widths.append(0.0044 * (1 - 0.75 * s) * rng.uniform(0.8, 1.2))
    d, k = cKDTree(np.concatenate(points)).query(np.stack([px[zone], py[zone]], -1))
    alpha = np.zeros(zone.shape)
    hairs = np.exp(-((d / np.concatenate(widths)[k]) ** 2))
    dense = 0.42 * soft ** 0.8 + 0.62 * hairs * (0.35 + 0.65 * np.clip(soft * 3, 0, 1))
    alpha[zone] = np.clip(dense, 0, 1) * brow.strength
    c.mix(brow.colour, alpha)
    c.gloss *= 1 - 0.8 * alpha
