"""Where people sit: named stages (a painted room) and named lights.

One rule: a stage is painted once, already out of focus, as a panorama around the seats. Cameras look at a part of it,
so a cut stays in the same room, and depth of field costs one texture read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from render.camera import View
from render.errors import SceneError, unknown

SPAN = (1.52, 0.60)  # radians of the panorama, across and up
SIZE = (1520, 600)  # its pixels: 1000 a radian; the widest shot shows 0.45 rad, a single 0.4
FOLLOW = 0.45  # of a camera's turn the room takes part in: over-shoulder cameras turn by 56 degrees and still see it

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """A light set-up. Colours are linear, directions point to the light; each seat's key is on its partner's side."""

    key: Colour
    key_angle: tuple[float, float]  # yaw towards the partner's side and elevation, radians
    fill: Colour
    warm: Colour
    cool: Colour
    sky: Colour
    ground: Colour
    room: Colour = (1.0, 1.0, 1.0)  # tints the painted room


LIGHTS = {
    "warm": Light(
        (1.54, 1.34, 1.10),
        (0.95, 0.58),
        (0.18, 0.20, 0.27),
        (1.55, 1.22, 0.90),
        (0.58, 0.74, 1.00),
        (0.31, 0.31, 0.335),
        (0.29, 0.19, 0.14),
    ),
    "cool": Light(
        (1.40, 1.45, 1.54),
        (0.80, 0.64),
        (0.24, 0.26, 0.32),
        (1.05, 1.10, 1.20),
        (0.62, 0.86, 1.22),
        (0.40, 0.44, 0.52),
        (0.22, 0.21, 0.22),
        (0.88, 0.96, 1.09),
    ),
    "evening": Light(
        (1.60, 1.16, 0.77),
        (1.00, 0.46),
        (0.13, 0.15, 0.27),
        (1.70, 1.05, 0.58),
        (0.40, 0.52, 1.00),
        (0.20, 0.20, 0.30),
        (0.27, 0.155, 0.09),
        (0.90, 0.82, 0.78),
    ),
}


def light_block(light: Light) -> bytes:
    """The std140 block Light of common.glsl."""
    fill_dir, warm_dir, cool_dir = (0.80, 0.06, 0.60), (0.60, 0.42, -0.66), (-0.72, 0.34, -0.58)
    rows = [light.key, fill_dir, light.fill, warm_dir, light.warm, cool_dir, light.cool, light.sky, light.ground]
    out = np.zeros((len(rows), 4), np.float32)
    for k, row in enumerate(rows):
        out[k, :3] = np.array(row) / np.linalg.norm(row) if k in (1, 3, 5) else row
    return out.tobytes()


def key_direction(light: Light, side: float) -> np.ndarray:
    """Unit vector to the key light of a seat; side is 1 where the partner is at +X, -1 where at -X, 0 for nobody."""
    yaw, elevation = light.key_angle[0] * (side or 1.0), light.key_angle[1]
    return np.array([np.sin(yaw) * np.cos(elevation), np.sin(elevation), np.cos(yaw) * np.cos(elevation)])


def window(view: View, aspect: float) -> tuple[float, float, float, float]:
    """Scale and offset into the panorama for a camera, as room.frag.glsl takes them (first row at the top)."""
    x, y, z = (t - e for t, e in zip(view.target, view.eye))
    yaw, pitch = FOLLOW * np.arctan2(x, -z), np.arctan2(y, np.hypot(x, z))
    height = view.fov / SPAN[1]
    width = 2 * np.arctan(np.tan(view.fov / 2) * aspect) / SPAN[0]
    width, height = min(width, 1.0), min(height, 1.0)
    u = np.clip(0.5 + yaw / SPAN[0] - width / 2, 0.0, 1.0 - width)
    v = np.clip(0.5 - pitch / SPAN[1] - height / 2, 0.0, 1.0 - height)
    return float(width), float(height), float(u), float(v)


class _Canvas:
    """Layers painted from far to near in 0..1 coordinates, each with its own blur."""

    def __init__(self, top: Colour, bottom: Colour) -> None:
        v = np.linspace(0, 1, SIZE[1])[:, None, None]
        self.pixels = np.broadcast_to(np.array(top) * (1 - v) + np.array(bottom) * v, (SIZE[1], SIZE[0], 3)).copy()
        y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
        self.x, self.y = x / SIZE[0], y / SIZE[1]

    def paint(self, blur: float, draw: Callable[[ImageDraw.ImageDraw], None]) -> None:
        """Shapes on a transparent layer, blurred by `blur` pixels, put over what is there."""
        layer = Image.new("RGBA", SIZE, (0, 0, 0, 0))
        draw(ImageDraw.Draw(layer))
        rgba = np.asarray(layer, np.float32) / 255
        rgba[..., :3] *= rgba[..., 3:]  # premultiplied, or the blur would draw dark seams
        soft = gaussian_filter(rgba, (blur, blur, 0), truncate=3.0)
        self.pixels = self.pixels * (1 - soft[..., 3:]) + soft[..., :3]

    def glow(self, at: tuple[float, float], size: tuple[float, float], colour: Colour) -> None:
        """Light that adds up."""
        d = ((self.x - at[0]) / size[0]) ** 2 + ((self.y - at[1]) / size[1]) ** 2
        self.pixels += np.array(colour) * np.exp(-d)[..., None]

    def image(self, tint: Colour) -> np.ndarray:
        rng = np.random.default_rng(11)
        noise = rng.uniform(-0.6, 0.6, self.pixels.shape)  # breaks the bands that 8 bits make of soft gradients
        return np.clip(self.pixels * np.array(tint) * 255 + noise, 0, 255).round().astype(np.uint8)


def _box(x0: float, y0: float, x1: float, y1: float) -> list[float]:
    return [x0 * SIZE[0], y0 * SIZE[1], x1 * SIZE[0], y1 * SIZE[1]]


def _rgb(colour: Colour, alpha: float = 1.0) -> tuple[int, ...]:
    return tuple(int(np.clip(c, 0, 1) * 255) for c in (*colour, alpha))


def _shelf(d: ImageDraw.ImageDraw, left: float, right: float, rng: np.random.Generator, dim: float) -> None:
    tints = (
        (0.62, 0.34, 0.24),
        (0.30, 0.42, 0.44),
        (0.74, 0.64, 0.46),
        (0.42, 0.32, 0.38),
        (0.27, 0.33, 0.40),
        (0.70, 0.46, 0.26),
    )
    d.rectangle(_box(left, 0.06, right, 0.86), fill=_rgb((0.30 * dim, 0.21 * dim, 0.15 * dim)))
    for row in range(4):
        floor, x = 0.245 + 0.195 * row, left + 0.006
        d.rectangle(_box(left, floor, right, floor + 0.014), fill=_rgb((0.44 * dim, 0.31 * dim, 0.21 * dim)))
        while x < right - 0.012:
            if rng.random() < 0.16:  # a gap or an object
                if rng.random() < 0.5:
                    d.ellipse(
                        _box(x + 0.002, floor - 0.07, x + 0.026, floor), fill=_rgb((0.80 * dim, 0.74 * dim, 0.62 * dim))
                    )
                x += 0.032
                continue
            w, h = 0.006 + 0.008 * rng.random(), 0.09 + 0.05 * rng.random()
            tone = (0.65 + 0.45 * rng.random()) * dim
            d.rectangle(
                _box(x, floor - h, x + w, floor), fill=_rgb(tuple(c * tone for c in tints[rng.integers(len(tints))]))
            )
            x += w + 0.0015


def _leaves(d: ImageDraw.ImageDraw, x: float, y: float, size: float, rng: np.random.Generator, tone: Colour) -> None:
    for _ in range(46):
        a, r = rng.uniform(0, 2 * np.pi), size * np.sqrt(rng.random())
        cx, cy, w = x + 0.4 * r * np.cos(a), y + r * np.sin(a), size * rng.uniform(0.10, 0.20)
        k = rng.uniform(0.6, 1.25)
        d.ellipse(_box(cx - 0.4 * w, cy - w, cx + 0.4 * w, cy + w), fill=_rgb(tuple(c * k for c in tone)))


def _studio() -> _Canvas:
    """A living room in the afternoon: a window to the left, a lamp between the people, shelves to the right."""
    rng = np.random.default_rng(4)
    c = _Canvas((0.415, 0.425, 0.395), (0.345, 0.335, 0.30))  # a sage wall: faces are warm before it
    c.pixels *= (1.05 - 0.55 * np.abs(c.x - 0.42))[..., None]
    c.glow((0.16, 0.42), (0.20, 0.50), (0.17, 0.145, 0.105))

    def far(d: ImageDraw.ImageDraw) -> None:
        d.rectangle(_box(0.075, 0.10, 0.215, 0.66), fill=_rgb((0.50, 0.42, 0.35)))
        for x0, x1 in ((0.082, 0.142), (0.148, 0.208)):
            for y0, y1 in ((0.12, 0.37), (0.39, 0.64)):
                d.rectangle(_box(x0, y0, x1, y1), fill=_rgb((0.97, 0.90, 0.77)))
        d.rectangle(_box(0.045, 0.05, 0.082, 0.86), fill=_rgb((0.60, 0.51, 0.41)))
        d.rectangle(_box(0.210, 0.05, 0.245, 0.86), fill=_rgb((0.56, 0.465, 0.37)))
        for x, y, w, h, tone in (
            (0.345, 0.27, 0.040, 0.17, (0.66, 0.58, 0.46)),
            (0.393, 0.31, 0.030, 0.12, (0.36, 0.44, 0.43)),
        ):
            d.rectangle(_box(x, y, x + w, y + h), fill=_rgb((0.30, 0.215, 0.16)))
            d.rectangle(_box(x + 0.004, y + 0.012, x + w - 0.004, y + h - 0.012), fill=_rgb(tone))
        _shelf(d, 0.655, 0.885, rng, 0.74)
        d.rectangle(_box(0.0, 0.76, 1.0, 1.0), fill=_rgb((0.27, 0.195, 0.15)))
        d.rectangle(_box(0.355, 0.665, 0.62, 1.0), fill=_rgb((0.31, 0.215, 0.155)))  # a sideboard

    def near(d: ImageDraw.ImageDraw) -> None:
        _leaves(d, 0.285, 0.52, 0.105, rng, (0.25, 0.335, 0.20))
        d.rectangle(_box(0.275, 0.60, 0.295, 0.70), fill=_rgb((0.58, 0.37, 0.26)))
        d.polygon(
            [(x * SIZE[0], y * SIZE[1]) for x, y in ((0.497, 0.43), (0.513, 0.43), (0.521, 0.495), (0.489, 0.495))],
            fill=_rgb((0.84, 0.69, 0.49)),
        )
        d.rectangle(_box(0.5035, 0.495, 0.5065, 0.665), fill=_rgb((0.27, 0.19, 0.14)))

    c.paint(8, far)
    c.paint(6, near)
    c.glow((0.145, 0.36), (0.11, 0.34), (0.13, 0.115, 0.085))
    c.glow((0.505, 0.465), (0.016, 0.050), (0.17, 0.13, 0.07))
    c.glow((0.505, 0.48), (0.085, 0.24), (0.13, 0.085, 0.04))
    return c


def _evening() -> _Canvas:
    """The city behind a pane at night: lights out of focus, a warm lamp inside."""
    rng = np.random.default_rng(9)
    c = _Canvas((0.075, 0.085, 0.155), (0.16, 0.125, 0.15))
    c.glow((0.5, 0.62), (0.60, 0.22), (0.20, 0.12, 0.09))

    def towers(d: ImageDraw.ImageDraw) -> None:
        x = -0.02
        while x < 1.0:
            w, h = rng.uniform(0.03, 0.09), rng.uniform(0.18, 0.55)
            d.rectangle(_box(x, 0.74 - h, x + w, 1.0), fill=_rgb((0.085, 0.085, 0.13), 0.9))
            x += w * rng.uniform(0.8, 1.2)

    def lights(d: ImageDraw.ImageDraw) -> None:
        tints = ((1.0, 0.74, 0.38), (1.0, 0.86, 0.62), (0.98, 0.52, 0.34), (0.55, 0.72, 1.0), (0.92, 0.92, 1.0))
        for _ in range(150):
            x, y, r = rng.random(), 0.26 + 0.5 * rng.random() ** 0.7, rng.uniform(0.0035, 0.0105)
            d.ellipse(
                _box(x - r, y - r * SPAN[0] / SPAN[1], x + r, y + r * SPAN[0] / SPAN[1]),
                fill=_rgb(tints[rng.choice(5, p=(0.4, 0.28, 0.12, 0.1, 0.1))], rng.uniform(0.12, 0.62)),
            )

    def inside(d: ImageDraw.ImageDraw) -> None:
        for x in (0.105, 0.497, 0.89):
            d.rectangle(_box(x, 0.0, x + 0.011, 1.0), fill=_rgb((0.12, 0.085, 0.07)))
        d.rectangle(_box(0.0, 0.80, 1.0, 1.0), fill=_rgb((0.15, 0.10, 0.08)))
        d.polygon(
            [(x * SIZE[0], y * SIZE[1]) for x, y in ((0.715, 0.49), (0.733, 0.49), (0.742, 0.565), (0.706, 0.565))],
            fill=_rgb((0.80, 0.58, 0.34)),
        )
        d.rectangle(_box(0.7225, 0.565, 0.7255, 0.80), fill=_rgb((0.10, 0.07, 0.06)))

    c.paint(6, towers)
    c.paint(1.6, lights)
    c.paint(7, inside)
    c.glow((0.724, 0.54), (0.075, 0.20), (0.20, 0.115, 0.05))
    return c


def _garden() -> _Canvas:
    """A terrace before a garden: leaves in the sun."""
    rng = np.random.default_rng(21)
    c = _Canvas((0.72, 0.79, 0.76), (0.34, 0.42, 0.24))

    def layer(count: int, low: float, high: float, tone: Colour, size: float) -> Callable[[ImageDraw.ImageDraw], None]:
        def draw(d: ImageDraw.ImageDraw) -> None:
            for _ in range(count):
                k = rng.uniform(0.7, 1.2)
                _leaves(
                    d,
                    rng.random(),
                    rng.uniform(low, high),
                    size * rng.uniform(0.6, 1.3),
                    rng,
                    tuple(k * x for x in tone),
                )

        return draw

    c.paint(11, layer(30, 0.22, 0.62, (0.45, 0.56, 0.33), 0.17))
    c.paint(8, layer(26, 0.45, 0.82, (0.31, 0.43, 0.20), 0.14))

    def sun(d: ImageDraw.ImageDraw) -> None:
        for _ in range(70):
            x, y, r = rng.random(), rng.uniform(0.05, 0.6), rng.uniform(0.003, 0.010)
            d.ellipse(
                _box(x - r, y - 2.5 * r, x + r, y + 2.5 * r), fill=_rgb((0.98, 0.97, 0.74), rng.uniform(0.15, 0.5))
            )

    c.paint(2.5, sun)
    c.paint(8, lambda d: d.rectangle(_box(0.0, 0.83, 1.0, 1.0), fill=_rgb((0.50, 0.40, 0.31))))
    c.glow((0.22, 0.12), (0.28, 0.40), (0.24, 0.21, 0.12))
    return c


def _plain() -> _Canvas:
    """A photographer's backdrop."""
    c = _Canvas((0.42, 0.45, 0.49), (0.29, 0.31, 0.345))
    c.glow((0.5, 0.45), (0.34, 0.52), (0.17, 0.165, 0.16))
    return c


STAGES = {"studio": _studio, "evening": _evening, "garden": _garden, "plain": _plain}
TABLES = {
    "studio": (0.47, 0.31, 0.21),
    "evening": (0.36, 0.25, 0.20),
    "garden": (0.62, 0.52, 0.41),
    "plain": (0.40, 0.40, 0.42),
}


def table(stage: str) -> Colour:
    """The colour of a stage's table, sRGB."""
    return TABLES[stage]


def find_light(name: str) -> Light:
    """The light set-up of that name.

    Raises:
        SceneError: there is none.
    """
    if name not in LIGHTS:
        raise SceneError(unknown("light", name, LIGHTS))
    return LIGHTS[name]


def paint(stage: str, light: Light) -> np.ndarray:
    """The panorama of a stage, uint8 [600, 1520, 3], sRGB, top row first; the same on every call.

    Raises:
        SceneError: there is no such stage.
    """
    if stage not in STAGES:
        raise SceneError(unknown("stage", stage, STAGES))
    return STAGES[stage]().image(light.room)
