"""A bust on the GPU: buffers, pictures, one vertex array a surface.

One rule: everything made here is in `_made` and freed by `release`.
"""

from __future__ import annotations

from dataclasses import replace

import moderngl
import numpy as np
from scipy.spatial import cKDTree

from render.avatar import Pose
from render.bust import Bust, Part
from render.program import Programs

FIGURE_FLOATS = 4 * 16 + 7 * 4  # the std140 block Figure of common.glsl: four matrices, seven vectors
LIES_WITHIN = 0.014  # metres from the skin: hair farther out may show its inside
ATTRIBUTES = {"in_head": "1f", "in_shade": "4f", "in_uv": "2f", "in_colour": "3f", "in_tangent": "3f"}


def columns(matrix: np.ndarray) -> np.ndarray:
    """A matrix as GLSL stores it."""
    return np.ascontiguousarray(matrix.T, np.float32)


class Mesh:
    """Draws one bust; the programs belong to the scene."""

    def __init__(self, ctx: moderngl.Context, bust: Bust, programs: Programs) -> None:
        self.ctx, self.bust = ctx, bust
        self._made: list = []
        try:
            self._upload(programs)
        except BaseException:
            self.release()
            raise

    def _upload(self, programs: Programs) -> None:
        ctx, bust = self.ctx, self.bust
        # Moving vertices come first in our own files; a slice of the buffer is rewritten for each picture.
        self._rest = np.concatenate([bust.position, bust.normal], 1).astype(np.float32)
        self._last = int(bust.touched.max()) + 1
        self._moving = self._rest[: self._last].copy()
        self._vertices = self._keep(ctx.buffer(self._rest.tobytes(), dynamic=True))
        static = dict(
            in_head=bust.head, in_shade=bust.shade, in_uv=bust.uv, in_colour=bust.colour, in_tangent=bust.tangent
        )
        self._static = {
            k: self._keep(ctx.buffer(np.ascontiguousarray(a, np.float32).tobytes())) for k, a in static.items()
        }
        self.figure = self._keep(ctx.buffer(reserve=FIGURE_FLOATS * 4, dynamic=True))
        self._white = self._keep(ctx.texture((1, 1), 4, b"\xff" * 4))
        self._pictures: dict[int, moderngl.Texture] = {}
        self._draws = [
            (part, self._vertex_array(part, programs), self._picture(part), programs[part.kind])
            for whole in bust.parts
            for part in split_hair(bust, whole)
        ]
        self._casts = self._shadow_array(programs)

    def _keep(self, thing):
        self._made.append(thing)
        return thing

    def _vertex_array(self, part: Part, programs: Programs) -> moderngl.VertexArray:
        program = programs[part.kind]
        # a compiler drops what a shader does not use, and a vertex array may not name it then
        lit = "in_normal" in program
        content = [
            (self._vertices, "3f 3f", "in_position", "in_normal") if lit else (self._vertices, "3f 12x", "in_position")
        ]
        content += [(self._static[name], form, name) for name, form in ATTRIBUTES.items() if name in program]
        return self._keep(
            self.ctx.vertex_array(program, content, self._keep(self.ctx.buffer(part.triangles.tobytes())))
        )

    def _shadow_array(self, programs: Programs) -> moderngl.VertexArray | None:
        faces = np.concatenate([casters(self.bust, part) for part in self.bust.parts])
        if not len(faces):  # a foreign head that calls itself teeth
            return None
        content = [(self._vertices, "3f 12x", "in_position"), (self._static["in_head"], "1f", "in_head")]
        return self._keep(
            self.ctx.vertex_array(programs["shadow"], content, self._keep(self.ctx.buffer(faces.tobytes())))
        )

    def _picture(self, part: Part) -> moderngl.Texture:
        image = part.material.image
        if image is None:
            return self._white
        if id(image) not in self._pictures:
            texture = self._keep(
                self.ctx.texture((image.shape[1], image.shape[0]), 4, np.ascontiguousarray(image).tobytes())
            )
            texture.build_mipmaps()
            texture.filter = (moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)
            self._pictures[id(image)] = texture
        return self._pictures[id(image)]

    def pose(self, pose: Pose, shadow: np.ndarray, key_dir: np.ndarray, dim: float) -> None:
        """Send a pose: moved vertices and the Figure block. `dim` is the part of the light that reaches it."""
        self._moving[self.bust.touched] = pose.moving
        self._vertices.write(self._moving)
        b = self.bust
        block = np.zeros(FIGURE_FLOATS, np.float32)
        for k, matrix in enumerate((pose.body, pose.head, pose.lag, shadow)):
            block[16 * k : 16 * k + 16] = columns(matrix).reshape(-1)
        rows = block[64:].reshape(7, 4)
        rows[0, :3] = key_dir
        rows[1, :3], rows[2, :3] = pose.head[:3, 1], pose.head[:3, 0]
        rows[3, :3] = (pose.head @ np.array([0.0, b.eye[1], b.eye[2], 1.0]))[:3]
        rows[4:6] = pose.lids
        rows[6] = b.eye[0], b.eye_radius, b.rib, dim
        self.figure.write(block)

    def cast(self) -> None:
        """Draw into the shadow map that is bound."""
        self.figure.bind_to_uniform_block(2)
        if self._casts:
            self._casts.render()

    def draw(self, kind: str) -> None:
        """Draw the surfaces of one kind; camera, light and shadow map are bound already."""
        for part, vertex_array, picture, program in self._draws:
            if part.kind != kind:
                continue
            self.figure.bind_to_uniform_block(2)
            if "map" in program:
                picture.use(0)
            if "cut" in program:
                program["cut"] = 0.6 * part.material.cutoff if part.material.alpha == "MASK" else 0.02
            if "base" in program:
                program["base"] = part.material.colour
            if part.material.double_sided:
                self.ctx.disable(moderngl.CULL_FACE)
            else:
                self.ctx.enable(moderngl.CULL_FACE)
            vertex_array.render()

    def release(self) -> None:
        """Free everything; idempotent."""
        for thing in reversed(self._made):
            thing.release()
        self._made = []


def split_hair(bust: Bust, part: Part) -> tuple[Part, ...]:
    """Hair that lies on the head is never seen from inside: drawn from one side, a short cut costs half."""
    if part.kind != "hair" or not part.material.double_sided:
        return (part,)
    skin = np.concatenate([p.triangles.reshape(-1) for p in bust.parts if p.kind == "skin"] or [np.zeros(0, np.int32)])
    if not len(skin):
        return (part,)
    away = cKDTree(bust.position[np.unique(skin)]).query(bust.position[part.triangles].mean(1))[0] > LIES_WITHIN
    free = replace(part, triangles=part.triangles[away])
    lying = replace(part, triangles=part.triangles[~away], material=replace(part.material, double_sided=False))
    return tuple(p for p in (free, lying) if len(p.triangles))


def casters(bust: Bust, part: Part) -> np.ndarray:
    """The triangles that throw shadows. A fringe would throw claws over the face; lashes and teeth throw nothing."""
    if part.kind in ("eye", "mouth", "lash"):
        return part.triangles[:0]
    if part.kind == "hair":
        return part.triangles[bust.position[part.triangles].mean(1)[:, 2] < bust.pivot[2] + 0.04]
    return part.triangles
