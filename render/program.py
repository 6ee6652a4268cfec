"""Shader programs: one small program a material, put together from render/shaders.

One rule: no branches on the material inside a shader. llvmpipe runs every branch of one for every pixel: a single
program for all materials cost 264 ms a frame where these cost 45.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import moderngl

from render.camera import TABLE_DEEP, TABLE_EDGE, TABLE_Y
from render.errors import RenderError

BLOCKS = ("Camera", "Light", "Figure")  # uniform blocks, bound in this order
SAMPLERS = ("map", "shadow_map")  # texture units 0 and 1
TILE = 8  # pixels along the edge of the squares in which edges are looked for before they are smoothed
# Film curve c (A c + B) / (c (A c + C) + D), fitted to sRGB of a shoulder that puts 0.18 at 0.48 and 4.0 at 0.95.
TONE = {"TONE_A": 5.95, "TONE_B": 0.149, "TONE_C": 1.44, "TONE_D": 0.0044}


@dataclass(frozen=True)
class Recipe:
    """Which sources make a program, and what is defined in them."""

    vertex: str
    fragment: str
    defines: tuple[str, ...] = ()


def _figure(kind: str, bias: float, normal: float, penumbra: float, *more: str) -> Recipe:
    """Bias in depth units of the shadow box (0.9 m), normal offset in metres, penumbra as a part of the box's width."""
    numbers = (f"DEPTH_BIAS {bias}", f"NORMAL_BIAS {normal}", f"PENUMBRA {penumbra}")
    return Recipe("figure.vert", f"{kind}.frag", (kind.upper(), *numbers, *more))


FIGURE = {
    "hair": _figure("hair", 0.010, 0.004, 0.010, "TINT"),
    "skin": _figure("skin", 0.004, 0.004, 0.009),
    "cloth": _figure("cloth", 0.006, 0.005, 0.014, "TINT"),
    "eye": _figure("eye", 0.008, 0.003, 0.009),
    "mouth": _figure("mouth", 0.008, 0.003, 0.009, "TINT"),
    "lash": _figure("lash", 0.008, 0.003, 0.009),
    "plain": _figure("plain", 0.006, 0.004, 0.009, "TINT"),
}
OTHER = {
    "shadow": Recipe("shadow.vert", "shadow.frag"),
    "table": Recipe("table.vert", "table.frag"),
    "room": Recipe("screen.vert", "room.frag"),
    "tiles": Recipe("screen.vert", "tiles.frag"),
    "fxaa": Recipe("tiles.vert", "fxaa.frag"),
}


def source(name: str) -> str:
    """The text of one file of render/shaders."""
    return files("render").joinpath("shaders", f"{name}.glsl").read_text(encoding="utf-8")


def build(ctx: moderngl.Context, recipe: Recipe) -> moderngl.Program:
    """Compile a program and bind its uniform blocks; the caller releases it.

    Raises:
        RenderError: the driver refuses the shader.
    """
    defines = [f"{name} {value}" for name, value in TONE.items()] + [
        f"TILE {TILE:.1f}",
        f"TABLE_Y {TABLE_Y}",
        f"TABLE_EDGE {TABLE_EDGE}",
        f"TABLE_DEEP {TABLE_DEEP}",
        *recipe.defines,
    ]
    head = "#version 330 core\n" + "".join(f"#define {d}\n" for d in defines) + source("common")
    try:
        program = ctx.program(
            vertex_shader=head + source(recipe.vertex), fragment_shader=head + source(recipe.fragment)
        )
    except moderngl.Error as problem:
        raise RenderError(
            f"shaders {recipe.vertex} and {recipe.fragment}: {problem}; expected a driver for OpenGL 3.3; update it"
        ) from problem
    for slot, block in enumerate(BLOCKS):
        if block in program:
            program[block].binding = slot
    for unit, sampler in enumerate(SAMPLERS):
        if sampler in program:
            program[sampler] = unit
    return program


class Programs:
    """All programs of a scene, by name; `release` frees them."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._made: dict[str, moderngl.Program] = {}
        try:
            for name, recipe in {**FIGURE, **OTHER}.items():
                self._made[name] = build(ctx, recipe)
        except RenderError:
            self.release()
            raise

    def __getitem__(self, name: str) -> moderngl.Program:
        return self._made[name]

    def release(self) -> None:
        """Free every program; idempotent."""
        for program in self._made.values():
            program.release()
        self._made = {}
