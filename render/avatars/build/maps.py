"""Pictures as arrays: surface positions in uv space, noise, and the small pictures of iris, strands and lashes.

One rule: row 0 of every array here is v = 0; the last step, `as_picture`, turns it the way pictures are stored.
"""
from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter, gaussian_filter1d

from .mesh import smooth

IRIS, PUPIL = 0.48, 0.215  # of the eyeball's radius, seen from the front


def as_picture(array: np.ndarray) -> Image.Image:
    return Image.fromarray((np.clip(array[::-1], 0, 1) * 255 + 0.5).astype(np.uint8))


def rasterise(uv: np.ndarray, tri: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """[size, size, C] of vertex values [V, C] over uv triangles; texels outside copy the nearest inside."""
    image = np.zeros((size, size, values.shape[1]), np.float32)
    hit = np.zeros((size, size), bool)
    corner = uv * size - 0.5
    for t in tri:
        a, b, c = corner[t]
        low = np.maximum(np.floor(np.minimum(np.minimum(a, b), c)).astype(int), 0)
        high = np.minimum(np.ceil(np.maximum(np.maximum(a, b), c)).astype(int) + 1, size)
        area = (b[1] - c[1]) * (a[0] - c[0]) + (c[0] - b[0]) * (a[1] - c[1])
        if (high <= low).any() or abs(area) < 1e-12:
            continue
        x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
        w0 = ((b[1] - c[1]) * (x - c[0]) + (c[0] - b[0]) * (y - c[1])) / area
        w1 = ((c[1] - a[1]) * (x - c[0]) + (a[0] - c[0]) * (y - c[1])) / area
        inside = (w0 >= -0.02) & (w1 >= -0.02) & (w0 + w1 <= 1.02)
        value = w0[..., None] * values[t[0]] + w1[..., None] * values[t[1]] + (1 - w0 - w1)[..., None] * values[t[2]]
        image[y[inside], x[inside]] = value[inside]
        hit[y[inside], x[inside]] = True
    row, column = distance_transform_edt(~hit, return_distances=False, return_indices=True)
    return image[row, column]


def noise(p: np.ndarray, cell: float, seed: int) -> np.ndarray:
    """Smooth value noise 0..1 at points [..., 3], `cell` dm wide."""
    table = np.random.default_rng(seed).random(4096).astype(np.float32)
    q = p / cell
    i = np.floor(q).astype(np.int64)
    f = q - i
    f = f * f * (3 - 2 * f)
    out = np.zeros(p.shape[:-1])
    for corner in np.ndindex(2, 2, 2):
        n = i + corner
        hashed = (n[..., 0] * 73856093 ^ n[..., 1] * 19349663 ^ n[..., 2] * 83492791) & 4095
        out += table[hashed] * np.prod(np.where(corner, f, 1 - f), axis=-1)
    return out


def iris(colour: tuple[float, float, float], seed: int, size: int = 256) -> np.ndarray:
    """The front of an eyeball seen along its axis; alpha is 1 on the iris."""
    rng = np.random.default_rng(seed)
    grid = (np.arange(size) + 0.5) / size * 2 - 1
    x, y = np.meshgrid(grid, grid)
    r, angle = np.hypot(x, y), np.arctan2(y, x)
    fibres = sum(rng.random() * np.sin(angle * k + rng.random() * 6.3 + r * rng.normal() * 6)
                 for k in range(18, 70, 3)) / 5
    depth = np.clip((r - PUPIL) / (IRIS - PUPIL), 0, 1)
    rgb = np.asarray(colour) * (0.82 + 0.16 * fibres)[..., None]
    rgb *= (1 + 0.60 * np.exp(-(((depth - 0.45) / 0.28) ** 2)))[..., None]  # a bright middle ring
    rgb += np.array([0.16, 0.09, 0.02]) * np.exp(-((depth / 0.30) ** 2))[..., None]  # the warm collarette
    rgb *= (1 + 0.42 * np.clip(-y / IRIS, -1, 1) * (r < IRIS))[..., None]  # light gathers below
    rgb *= (1 - 0.70 * smooth(0.76, 1.0, depth))[..., None]  # the dark limbal ring
    rgb = rgb * smooth(PUPIL * 0.85, PUPIL * 1.12, r)[..., None] + 0.012
    white = np.array([0.975, 0.965, 0.955]) - np.array([0.06, 0.19, 0.19]) * smooth(0.70, 1.0, r)[..., None]
    outside = smooth(IRIS - 0.035, IRIS + 0.03, r)
    return np.dstack([rgb * (1 - outside[..., None]) + white * outside[..., None], 1 - outside])


def strands(seed: int, size: int = 256) -> np.ndarray:
    """Hair that repeats without a seam: light and dark strands along v, which come and go along their length."""
    rng = np.random.default_rng(seed)

    def streaks(across: float, along: float) -> np.ndarray:
        return _stretched(gaussian_filter(rng.standard_normal((size, size)), (along, across), mode="wrap"))

    streak = 0.40 * streaks(0.9, 50) + 0.40 * streaks(2.2, 70) + 0.20 * streaks(7.0, 90)
    light = 0.77 + 0.23 * _stretched(np.clip(streak, *np.quantile(streak, (0.01, 0.99))))
    return np.dstack([light] * 3 + [np.ones((size, size))])


def coils(seed: int, size: int = 256, count: int = 2000) -> np.ndarray:
    """Tight curls from above, repeating in u and v: each a small wound ring, lit along its crest.

    Rings lie over each other in the order they are drawn.
    """
    rng = np.random.default_rng(seed)
    light = np.full((size, size), 0.62)
    reach = np.arange(-10, 11)
    x, y = np.meshgrid(reach, reach)
    for cx, cy in rng.integers(0, size, (count, 2)):
        radius, turn, squash = rng.uniform(2.6, 4.2), rng.uniform(0, np.pi), rng.uniform(0.6, 1.0)
        a, b = x * np.cos(turn) + y * np.sin(turn), (y * np.cos(turn) - x * np.sin(turn)) / squash
        r = np.hypot(a, b)
        crest = np.exp(-(((r - radius) / 1.5) ** 2)) * (0.72 + 0.28 * np.cos(np.arctan2(b, a) - rng.uniform(0, 6.3)))
        cover = smooth(radius + 2.8, radius + 1.2, r)
        rows, columns = (cy + reach) % size, (cx + reach) % size
        under = light[np.ix_(rows, columns)]
        light[np.ix_(rows, columns)] = under * (1 - cover) + (0.60 + 0.40 * crest) * cover
    return np.dstack([light] * 3 + [np.ones((size, size))])


def lash(size: int = 64, count: int = 7) -> np.ndarray:
    """A fringe of lashes, `count` a repeat in u: alpha only, thinning towards the tip."""
    u, v = np.meshgrid((np.arange(size) + 0.5) / size, (np.arange(size) + 0.5) / size)
    away = np.abs((u * count) % 1 - 0.5)
    width = 0.40 * (1 - v) ** 0.8
    alpha = np.clip((width - away) / 0.12 + 0.5, 0, 1) * (v < 0.97)
    return np.dstack([np.full((size, size), c) for c in (0.10, 0.07, 0.06)]
                     + [np.maximum(alpha, smooth(0.30, 0.10, v))])


def softened(image: np.ndarray, texels: float) -> np.ndarray:
    return gaussian_filter(image, (texels, texels, 0))


def _stretched(x: np.ndarray) -> np.ndarray:
    return (x - x.min()) / max(np.ptp(x), 1e-9)
