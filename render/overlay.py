"""Subtitles: what is said, in the colour of who says it, inside the title-safe area.

One rule: any text draws something and never raises; glyphs that no font here has become a box.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import moderngl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

PALETTE = (
    "#ffd9a0",
    "#a8dcff",
    "#c9f2b0",
    "#f7b8d8",
    "#e3d0ff",
    "#fff3a8",
)  # bright on dark, apart for colour-blind eyes
SAFE = 0.05  # of each edge stays free: the title-safe area of EBU R 95
LINE = 0.040  # of the picture's height: 29 pixels at 720p
MAX_LINES = 3
MAX_TEXT = 600  # characters; more could not be read in the time a caption stands
KEPT = 8  # captions stay on the GPU while they are shown again and again
FONT = "DejaVuSans-Bold.ttf"
VERTEX = """#version 330 core
uniform vec4 place;  // left, top, right, bottom in clip coordinates
out vec2 t;
void main() {
    t = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = vec4(mix(place.xy, place.zw, t), 0.0, 1.0);
}"""
FRAGMENT = """#version 330 core
in vec2 t;
uniform sampler2D map;
out vec4 o;
void main() { o = texture(map, t); }"""


@dataclass(frozen=True)
class Caption:
    """One subtitle on screen: the speaker's name, the words, and the speaker's place in PALETTE (wraps around)."""

    name: str
    text: str
    colour: int


def font(pixels: int) -> ImageFont.FreeTypeFont:
    """Our own font at a height in pixels."""
    return ImageFont.truetype(str(files("render").joinpath("fonts", FONT)), pixels)


def wrap(text: str, face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Lines no wider than `width`, of about equal length, at most MAX_LINES; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    for word in " ".join(text[:MAX_TEXT].split()).split(" "):
        for piece in _pieces(word, face, width):
            if lines and face.getlength(f"{lines[-1]} {piece}") <= width and piece:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    if len(lines) > MAX_LINES:
        lines = lines[:MAX_LINES]
        while lines[-1] and face.getlength(lines[-1] + "…") > width:
            lines[-1] = lines[-1][:-1]
        lines[-1] = lines[-1].rstrip() + "…"
    elif 1 < len(lines):
        narrow = face.getlength(" ".join(lines)) / len(lines) * 1.12
        if narrow < 0.97 * width and len(even := wrap(text, face, narrow)) == len(lines) and not even[-1].endswith("…"):
            return even
    return lines


def _pieces(word: str, face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """A word that is wider than a line, cut where it must be (other scripts write without blanks)."""
    out = [""]
    for letter in word:
        if out[-1] and face.getlength(out[-1] + letter) > width:
            out.append("")
        out[-1] += letter
    return out


def paint(caption: Caption, size: tuple[int, int]) -> Image.Image:
    """The caption as a premultiplied RGBA picture, as small as it can be."""
    face, small = font(max(9, round(LINE * size[1]))), font(max(8, round(0.62 * LINE * size[1])))
    room = (1 - 2 * SAFE) * size[0] * 0.90
    clean = "".join(c for c in caption.text if c.isprintable() or c.isspace())
    name = "".join(c for c in caption.name if c.isprintable())[:40]
    lines = wrap(clean, face, room)
    step, pad, edge = round(face.size * 1.28), round(0.42 * face.size), max(1, round(face.size / 13))
    tag = round(small.size * 1.35) if name else 0
    width = round(max([face.getlength(x) for x in lines] + [small.getlength(name)])) + 2 * pad + 2 * edge
    width, height = min(width, size[0]), min(tag + step * len(lines) + 2 * pad, size[1])
    image = Image.new("RGBA", (max(width, 2), max(height, 2)), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, width - 1, height - 1), radius=pad, fill=(14, 11, 10, 150))
    colour = PALETTE[caption.colour % len(PALETTE)]
    if name:
        draw.text((width / 2, pad), name, colour, small, anchor="ma", stroke_width=0)
    for k, line in enumerate(lines):
        draw.text(
            (width / 2, pad + tag + k * step),
            line,
            colour,
            face,
            anchor="ma",
            stroke_width=edge,
            stroke_fill=(14, 11, 10, 255),
        )
    rgba = np.asarray(image, np.float32) / 255
    rgba = rgba * np.concatenate([np.repeat(rgba[..., 3:], 3, -1), np.ones_like(rgba[..., 3:])], -1)
    return Image.fromarray((rgba * 255).round().astype(np.uint8), "RGBA")


class Overlay:
    """Draws captions over a picture; keeps the last KEPT ones as textures."""

    def __init__(self, ctx: moderngl.Context, size: tuple[int, int]) -> None:
        self.ctx, self.size = ctx, size
        self._program = ctx.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
        self._strip = ctx.vertex_array(self._program, [])
        self._textures: OrderedDict[Caption, moderngl.Texture] = OrderedDict()

    def draw(self, target: moderngl.Framebuffer, captions: Sequence[Caption], upright: bool = False) -> None:
        """Stack the captions from the bottom of the title-safe area upwards, the newest lowest.

        Args:
            upright: the target is a window, whose first row is its bottom; a picture's first row is its top.
        """
        shown = [c for c in captions if c.text.strip()]
        if not shown:
            return
        target.use()
        self.ctx.enable_only(moderngl.BLEND)
        self.ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        width, height = self.size
        floor = round((1 - SAFE) * height)
        for caption in reversed(shown):
            texture = self._texture(caption)
            w, h = texture.size
            left, top = (width - w) // 2, max(floor - h, 0)
            down = -1 if upright else 1  # the picture's first row is its top, so clip y grows downwards there
            self._program["place"] = (
                2 * left / width - 1,
                down * (2 * top / height - 1),
                2 * (left + w) / width - 1,
                down * (2 * (top + h) / height - 1),
            )
            texture.use(0)
            self._strip.render(moderngl.TRIANGLE_STRIP, 4)
            floor = top - round(0.012 * height)
        self.ctx.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
        self.ctx.enable_only(moderngl.NOTHING)

    def _texture(self, caption: Caption) -> moderngl.Texture:
        if caption not in self._textures:
            image = paint(caption, self.size)
            texture = self.ctx.texture(image.size, 4, image.tobytes())
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
            self._textures[caption] = texture
            if len(self._textures) > KEPT:
                self._textures.popitem(last=False)[1].release()
        self._textures.move_to_end(caption)
        return self._textures[caption]

    def release(self) -> None:
        """Free everything; idempotent."""
        for thing in (*self._textures.values(), self._strip, self._program):
            thing.release()
        self._textures.clear()
