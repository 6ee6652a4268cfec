"""Shaders compile, say what is wrong when they do not, and leave nothing behind."""

import pytest

from render.errors import RenderError
from render.program import FIGURE, OTHER, Programs, Recipe, build


@pytest.mark.slow
def test_every_program_compiles_and_is_freed(ctx):
    programs = Programs(ctx)
    for name in (*FIGURE, *OTHER):
        assert programs[name].glo > 0
    programs.release()
    programs.release()


def test_figures_share_their_blocks(ctx):
    program = build(ctx, FIGURE["skin"])
    assert [program[block].binding for block in ("Camera", "Light", "Figure")] == [0, 1, 2]
    assert program["Figure"].size == (4 * 16 + 7 * 4) * 4, "mesh.py packs this block by hand"
    program.release()


def test_a_shader_the_driver_refuses_is_named(ctx):
    with pytest.raises(RenderError, match="screen.vert and room.frag"):
        build(ctx, Recipe("screen.vert", "room.frag", ("vec4 vec5",)))
