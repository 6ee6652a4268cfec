"""From the framebuffer to bytes: RGB, the three planes an encoder wants, or a PNG file.

One rule: the first row of everything here is the top of the picture.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from render.errors import CaptureError
from render.scene import Scene


def rgb(scene: Scene) -> np.ndarray:
    """The last picture as uint8 [height, width, 3]."""
    width, height = scene.size
    return np.frombuffer(scene.framebuffer.read(components=3, alignment=1), np.uint8).reshape(height, width, 3)


def yuv420p(scene: Scene) -> np.ndarray:
    """The last picture as uint8 [height * 3 / 2, width]: Y, then U and V (BT.709, limited range), as
    av.VideoFrame.from_ndarray(planes, "yuv420p") takes it.

    libswscale does it in 2.0 ms of CPU at 720p; a shader pass on llvmpipe took 6.9.
    """
    import av  # a window or a still picture does without
    from av.video.reformatter import VideoReformatter

    width, height = scene.size
    frame = av.VideoFrame(width, height, "rgba")
    plane = frame.planes[0]
    pixels = scene.framebuffer.read(components=4)
    if plane.line_size != 4 * width:
        padded = np.zeros((height, plane.line_size), np.uint8)
        padded[:, : 4 * width] = np.frombuffer(pixels, np.uint8).reshape(height, 4 * width)
        pixels = padded.tobytes()
    plane.update(pixels)
    return VideoReformatter().reformat(frame, format="yuv420p", dst_colorspace="ITU709").to_ndarray()


def save_png(scene: Scene, path: Path) -> None:
    """Write the last picture.

    Raises:
        CaptureError: the file cannot be written.
    """
    try:
        Image.fromarray(rgb(scene)).save(path, "PNG")
    except OSError as problem:
        raise CaptureError(
            f"{path}: {problem.strerror or problem}; expected a folder that exists and has room; choose another -o"
        ) from problem
