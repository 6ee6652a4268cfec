"""The head as hair sees it: a smooth shell without ears, addressed by azimuth and height, and the hairline on it.

One rule: below the middle of the head hair hangs, so there the shell is a cylinder and not the neck.
Angles are azimuths in degrees around the head's axis: 0 in front, 90 the person's left ear, +-180 the nape.
Heights are dm above the eye line.
"""
from __future__ import annotations

import numpy as np
from scipy.interpolate import RegularGridInterpolator
from scipy.ndimage import gaussian_filter

from .body import Marks, surface
from .mesh import cast
from .source import Source

# the axis stands 0.30 dm before the head joint; the shell's centre is 0.25 over the eyes
AXIS_BEHIND, MIDDLE = 0.30, 0.25
STEP, LOWEST = 5.0, -70  # degrees of the table; its lowest elevation

# height above the eye line by azimuth
HAIRLINES = {
    "soft": ((0, 22, 42, 55, 66, 76, 88, 105, 125, 150, 180),
             (0.70, 0.70, 0.62, 0.46, 0.22, -0.06, -0.06, -0.22, -0.50, -0.74, -0.78)),
    "high": ((0, 18, 34, 48, 60, 70, 80, 90, 106, 125, 150, 180),
             (0.62, 0.65, 0.70, 0.58, 0.36, 0.04, -0.20, -0.02, -0.22, -0.45, -0.62, -0.66)),
    "round": ((0, 20, 38, 52, 62, 72, 80, 90, 106, 125, 150, 180),
              (0.66, 0.66, 0.64, 0.56, 0.30, 0.06, -0.08, -0.02, -0.22, -0.45, -0.62, -0.66)),
}


class Scalp:
    """The shell of one head."""

    def __init__(self, source: Source, pos: np.ndarray, marks: Marks, hairline: str) -> None:
        self.eye_y, self.top = marks.eye[1], marks.top - marks.eye[1]
        self.centre = np.array([0, marks.eye[1] + MIDDLE, marks.head[2] + AXIS_BEHIND])
        self.line = HAIRLINES[hairline]
        points, tri = surface(source, pos, 6.2, 9.5)
        azimuth, elevation = np.arange(-180, 181, STEP), np.arange(LOWEST, 91, STEP)
        az, el = np.meshgrid(np.radians(azimuth), np.radians(elevation), indexing="ij")
        d = np.stack([np.sin(az) * np.cos(el), np.sin(el), np.cos(az) * np.cos(el)], -1)
        r = cast(points, tri, np.tile(self.centre, (az.size, 1)), d.reshape(-1, 3)).reshape(az.shape)
        holes = np.isnan(r)  # where the ears were
        level = np.where(holes, np.nanmedian(r, axis=0)[None], r)
        r = np.where(holes, gaussian_filter(level, 2, mode=("wrap", "nearest")), r)
        r = gaussian_filter(r, 0.7, mode=("wrap", "nearest"))
        self._radius = RegularGridInterpolator((azimuth, elevation), r)
        self._elevation = np.arange(LOWEST, 90.1, 1.0)

    def azimuth(self, p: np.ndarray) -> np.ndarray:
        return np.degrees(np.arctan2(p[..., 0], p[..., 2] - self.centre[2]))

    def above_hairline(self, p: np.ndarray) -> np.ndarray:
        """Signed height above the hairline: positive where hair grows."""
        return p[..., 1] - self.eye_y - self.hairline(self.azimuth(p))

    def hairline(self, azimuth: np.ndarray) -> np.ndarray:
        return np.interp(np.abs((np.asarray(azimuth) + 180) % 360 - 180), *self.line)

    def radius(self, azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        wrapped = (np.asarray(azimuth, float) + 180) % 360 - 180
        return self._radius(np.stack(np.broadcast_arrays(wrapped, np.clip(elevation, LOWEST, 90)), -1))

    def at(self, azimuth: np.ndarray, height: np.ndarray, out: np.ndarray, hang: bool = True) -> np.ndarray:
        """Points [..., 3] at a height over the eye line, `out` dm off the shell; short hair does not hang, it hugs."""
        azimuth, height, out = np.broadcast_arrays(*(np.asarray(x, float) for x in (azimuth, height, out)))
        flat = [x.reshape(-1) for x in (azimuth, height, out)]
        el = np.zeros(len(flat[0]))
        for k, (az, h) in enumerate(zip(flat[0], flat[1])):
            if h > MIDDLE or not hang:
                r = self.radius(np.full(len(self._elevation), az), self._elevation)
                rise = r * np.sin(np.radians(self._elevation))
                el[k] = np.interp(h - MIDDLE, np.maximum.accumulate(rise), self._elevation)
        r = self.radius(flat[0], el) + flat[2]
        turn, up = np.radians(flat[0]), np.radians(el)
        y = np.where((flat[1] > MIDDLE) | (not hang), r * np.sin(up), flat[1] - MIDDLE)
        p = np.stack([np.sin(turn) * np.cos(up) * r, y, np.cos(turn) * np.cos(up) * r], -1) + self.centre
        return p.reshape(azimuth.shape + (3,))

    def over(self, x: np.ndarray, z: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Points [..., 3] over the top of the head, given in plan (x to the left, z forward of the axis)."""
        x, z, out = np.broadcast_arrays(*(np.asarray(v, float) for v in (x, z, out)))
        azimuth, plan = np.degrees(np.arctan2(x, z)), np.hypot(x, z)
        p = np.zeros(x.shape + (3,))
        for k in np.ndindex(x.shape):
            el = self._elevation[self._elevation >= 0]
            r = self.radius(np.full(len(el), azimuth[k]), el) + out[k]
            reach = r * np.cos(np.radians(el))  # falls towards the crown
            at = np.interp(-plan[k], -np.minimum.accumulate(reach), el)
            turn, up = np.radians(azimuth[k]), np.radians(at)
            radius = np.interp(at, el, r)
            p[k] = [np.sin(turn) * np.cos(up) * radius, np.sin(up) * radius, np.cos(turn) * np.cos(up) * radius]
        return p + self.centre

    def outward(self, p: np.ndarray) -> np.ndarray:
        """Unit directions [..., 3] away from the head: from the centre above it, from the axis below."""
        d = p - self.centre
        d[..., 1] = np.maximum(d[..., 1], 0)
        return d / np.maximum(np.linalg.norm(d, axis=-1, keepdims=True), 1e-9)
