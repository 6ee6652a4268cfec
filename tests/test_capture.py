"""What an encoder, a person or a test reads from the picture."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from render import capture
from render.context import leave
from render.errors import CaptureError

WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


@pytest.fixture(params=[(64, 36), (50, 34)], ids=["64x36", "50x34"])
def screen(ctx, request):
    """Blocks of colour, ten wide and high, because chroma is filtered; rows that are padded and rows that are not."""
    width, height = request.param
    blocks = np.random.default_rng(2).integers(0, 256, (4, 7, 3), np.uint8).repeat(10, 0).repeat(10, 1)[:height, :width]
    texture = ctx.texture((width, height), 4, np.dstack([blocks, np.full((height, width), 255, np.uint8)]).tobytes())
    made = SimpleNamespace(size=(width, height), framebuffer=ctx.framebuffer([texture]), blocks=blocks)
    yield made
    leave(ctx)
    made.framebuffer.release()
    texture.release()


def test_rgb_has_its_first_row_on_top(screen):
    assert np.array_equal(capture.rgb(screen), screen.blocks)


def test_planes_follow_bt709_in_limited_range(screen):
    (width, height), planes = screen.size, capture.yuv420p(screen)
    assert planes.shape == (height * 3 // 2, width) and planes.dtype == np.uint8
    rgb = screen.blocks / 255.0
    luma = rgb @ WEIGHTS
    assert np.abs(planes[:height] - (16 + 219 * luma)).max() < 2.0
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    for plane, channel, weight in ((chroma[0], 2, WEIGHTS[2]), (chroma[1], 0, WEIGHTS[0])):
        expected = 128 + 224 * (rgb[..., channel] - luma) / (2 * (1 - weight))
        assert np.abs(plane - expected[::2, ::2])[2::5, 2::5].max() < 2.5, "the middle of each block"


def test_a_still_is_written_and_read_back(screen, tmp_path):
    capture.save_png(screen, tmp_path / "still.png")
    with Image.open(tmp_path / "still.png") as image:
        assert np.array_equal(np.asarray(image), screen.blocks)


def test_a_still_that_cannot_be_written_says_where(screen, tmp_path):
    with pytest.raises(CaptureError, match="nowhere"):
        capture.save_png(screen, tmp_path / "nowhere" / "still.png")
