"""From the framebuffer to bytes: RGB, the three planes an encoder wants, or a PNG file.

One rule: the first row of everything here is the top of the picture.
"""
from __future__ import annotations

from pathlib import Path

import numpy as np

from render.scene import Scene


def rgb(scene: Scene) -> np.ndarray:
    """The last picture as uint8 [height, width, 3]."""
    raise NotImplementedError


def yuv420p(scene: Scene) -> np.ndarray:
    """The last picture as uint8 [height * 3 / 2, width]: Y, then U and V (BT.709, limited range), as
    av.VideoFrame.from_ndarray(planes, "yuv420p") takes it."""
    raise NotImplementedError


def save_png(scene: Scene, path: Path) -> None:
    """Write the last picture.

    Raises:
        CaptureError: the file cannot be written.
    """
    raise NotImplementedError
