"""Subtitles: readable, in their colour, inside the safe area, whatever the text."""

import numpy as np
import pytest
from PIL import ImageColor

from render import overlay
from render.context import leave
from render.overlay import MAX_LINES, PALETTE, SAFE, Caption, Overlay, font, paint, wrap

SIZE = (320, 180)


@pytest.fixture
def screen(ctx):
    """Draws captions over black and gives uint8 [height, width, 3]."""
    texture = ctx.texture(SIZE, 4)
    target = ctx.framebuffer([texture])
    layer = Overlay(ctx, SIZE)

    def draw(*captions, upright=False):
        target.clear()
        layer.draw(target, captions, upright)
        return np.frombuffer(target.read(components=3, alignment=1), np.uint8).reshape(SIZE[1], SIZE[0], 3)

    yield draw
    leave(ctx)
    for thing in (layer, target, texture):
        thing.release()


def near(pixels, colour):
    return np.abs(pixels.astype(int) - ImageColor.getrgb(colour)).max(-1) < 24


def test_words_stand_in_the_speakers_colour_at_the_foot_of_the_picture(screen):
    pixels = screen(Caption("Ada", "Hello there", 1))
    rows, columns = np.nonzero(near(pixels, PALETTE[1]))
    assert len(rows) > 60 and rows.min() > 90
    assert not near(pixels, PALETTE[0]).any()


def test_a_window_shows_the_same_words_the_other_way_up(screen):
    caption = Caption("Ada", "Hello there", 1)
    assert np.array_equal(screen(caption, upright=True)[::-1], screen(caption))


def test_everything_stays_inside_the_safe_area(screen):
    pixels = screen(Caption("Ada", "word " * 200, 0), Caption("Ben", "Meanwhile " * 40, 1))
    lit = pixels.max(-1) > 0
    x, y = round(SAFE * SIZE[0]), round(SAFE * SIZE[1])
    assert lit.any() and not lit[-y + 1 :].any() and not lit[:, : x - 1].any() and not lit[:, -x + 1 :].any()


def test_two_at_once_stack_the_newer_lower(screen):
    pixels = screen(Caption("Ada", "I was saying", 0), Caption("Ben", "Oh, yes!", 1))
    first, second = (np.nonzero(near(pixels, PALETTE[k]))[0] for k in (0, 1))
    assert len(first) and len(second) and first.max() < second.min()


def test_nothing_is_drawn_for_silence(screen):
    assert screen().max() == 0 and screen(Caption("Ada", "  \n ", 0)).max() == 0


@pytest.mark.parametrize(
    "text",
    [
        "😀🎉 party",
        "שלום עולם",
        "مرحبا",
        "你好，世界" * 30,
        "Ünïcödé — “quotes”",
        "\x00\x07bell",
        "a" * 5000,
        "👩‍👩‍👧",
        "\u202eturned",
    ],
)
def test_any_text_draws_something_and_never_fails(text):
    image = paint(Caption("Nämé 😀", text, 7), SIZE)
    assert image.width <= SIZE[0] and image.height <= SIZE[1] and np.asarray(image)[..., 3].max() > 0


def test_five_thousand_words_end_in_an_ellipsis():
    lines = wrap("talk " * 5000, font(20), 300)
    assert len(lines) == MAX_LINES and lines[-1].endswith("…")


def test_lines_are_about_equally_long():
    face = font(20)
    lines = wrap("You are holding the umbrella that I described to you on the telephone", face, 460)
    lengths = [face.getlength(x) for x in lines]
    assert len(lines) == 2 and min(lengths) > 0.7 * max(lengths)
    assert " ".join(lines) == "You are holding the umbrella that I described to you on the telephone"


def test_words_behind_the_light_are_readable():
    """The box under the words is dark enough on white: the colour keeps a contrast of 3 to 1 or more."""
    for k, colour in enumerate(PALETTE):
        luma = np.dot((np.array(ImageColor.getrgb(colour)) / 255) ** 2.2, [0.2126, 0.7152, 0.0722])
        rgba = np.asarray(paint(Caption("", "words", k), SIZE)).astype(float) / 255
        under = 1.0 * (1 - rgba[3, rgba.shape[1] // 2, 3]) + rgba[3, rgba.shape[1] // 2, 0]
        assert (luma + 0.05) / (under**2.2 + 0.05) > 2.3, colour


def test_only_the_last_captions_are_kept_on_the_gpu(ctx):
    texture = ctx.texture(SIZE, 4)
    target, layer = ctx.framebuffer([texture]), Overlay(ctx, SIZE)
    for k in range(3 * overlay.KEPT):
        layer.draw(target, [Caption("Ada", f"line {k}", 0)])
    assert len(layer._textures) == overlay.KEPT
    leave(ctx)
    for thing in (layer, target, texture):
        thing.release()
    layer.release()
