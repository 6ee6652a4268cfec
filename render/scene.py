"""The whole picture: seats on a stage, a camera, subtitles. `Scene.draw` is the only door of this room.

One rule: the picture depends on nothing but the arguments of `draw`, so that two processes may render alternate
frames.

The projection is mirrored top to bottom: the first row of `picture` is the top, and nothing has to be flipped when an
encoder reads it. A window flips when it presents.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import moderngl
import numpy as np

from motion.frame import MotionFrame
from render import stage as rooms
from render.avatar import Poser, Sway
from render.bust import KINDS, read
from render.camera import Placement, Shot, View, blocking, placements, shown, view
from render.context import leave
from render.errors import SceneError
from render.mesh import Mesh, columns
from render.overlay import Caption, Overlay
from render.program import TILE, Programs

SHADOW_RADIUS = 0.31  # metres around the neck that the shadow map of a seat covers: head and shoulders
SHADOW_DEPTH = 0.45
REACH = 0.34  # metres around a seat's chest within which everything of a bust lies
BACKDROPS = 8  # cameras whose view of the room is kept: 3.7 MB each at 720p


@dataclass(frozen=True)
class Quality:
    """What a picture may cost. Presets are in QUALITIES."""

    name: str
    samples: int  # MSAA samples a pixel; 0 is off
    fxaa: bool
    shadow: int  # pixels along the edge of the shadow map


QUALITIES = {
    q.name: q
    for q in (Quality("draft", 0, False, 192), Quality("standard", 0, True, 224), Quality("high", 4, False, 768))
}


@dataclass(frozen=True)
class Seat:
    """Who sits there: an avatar file and a side of the picture (left, middle, right; None: next from left to right)."""

    avatar: Path
    side: str | None = None


@dataclass(frozen=True)
class _Sitter:
    """One seat, ready to draw."""

    poser: Poser
    mesh: Mesh
    shadow_map: moderngl.Texture
    shadow_frame: moderngl.Framebuffer


class Scene:
    """Draws participants into its own framebuffer; the caller owns the context and calls `release` (or uses `with`)."""

    def __init__(
        self,
        ctx: moderngl.Context,
        size: tuple[int, int],
        quality: Quality,
        stage: str,
        light: str,
        seats: Sequence[Seat],
    ) -> None:
        """Load the avatars and paint the stage.

        Raises:
            AvatarError: a file is not an avatar we can draw.
            SceneError: there is no such stage, light or side, or the size is not even and within 16..4096.
        """
        _check_size(size)
        if not seats:
            raise SceneError("nobody sits in the scene; expected at least one seat")
        self.ctx, self.size, self.quality = ctx, size, quality
        self._light = rooms.find_light(light)
        room = rooms.paint(stage, self._light)
        self._places = placements([seat.side for seat in seats])
        busts = [read(seat.avatar) for seat in seats]
        self._made: list = []
        self._sized: list = []  # of those, what `change` makes anew
        self._backdrops: OrderedDict[tuple[float, float, float, float], moderngl.Framebuffer] = OrderedDict()
        try:
            self._programs = self._keep(Programs(ctx))
            self._camera = self._keep(ctx.buffer(reserve=80, dynamic=True))
            self._lights = self._keep(ctx.buffer(rooms.light_block(self._light)))
            self._room = self._keep(ctx.texture((room.shape[1], room.shape[0]), 4, _opaque(room)))
            self._room.repeat_x = self._room.repeat_y = False
            self._full_screen = self._keep(ctx.vertex_array(self._programs["room"], []))
            self._programs["table"]["wood"] = rooms.table(stage)
            self._table = self._keep(ctx.vertex_array(self._programs["table"], []))
            meshes = [self._keep(Mesh(ctx, bust, self._programs)) for bust in busts]
            self._find_tiles = self._keep(ctx.vertex_array(self._programs["tiles"], []))
            self._smooth = self._keep(ctx.vertex_array(self._programs["fxaa"], []))
            self._people = tuple((Poser(bust), mesh) for bust, mesh in zip(busts, meshes))
            self._fit()
        except BaseException:
            self.release()
            raise

    def _keep(self, thing):
        self._made.append(thing)
        return thing

    def change(self, size: tuple[int, int], quality: Quality) -> None:
        """Go on in another size or quality; avatars, room and shaders stay, so it takes about a picture's time.

        Raises:
            SceneError: the size is not even and within 16..4096.
        """
        _check_size(size)
        self._release_backdrops()
        for thing in reversed(self._sized):
            thing.release()
        self._made = self._made[: len(self._made) - len(self._sized)]
        self.size, self.quality = size, quality
        self._fit()

    def _fit(self) -> None:
        """Everything that depends on size and quality."""
        first = len(self._made)
        try:
            self._overlay = self._keep(Overlay(self.ctx, self.size))
            self._targets()
            self._sitters = [self._sitter(poser, mesh) for poser, mesh in self._people]
        finally:
            self._sized = self._made[first:]

    def _targets(self) -> None:
        """The framebuffers: figures are drawn into `_target`; `picture` is the texture of the finished picture."""
        ctx, size, quality = self.ctx, self.size, self.quality
        plain = self._keep(ctx.texture(size, 4))
        if quality.samples:
            colour = self._keep(ctx.renderbuffer(size, 4, samples=quality.samples))
            depth = self._keep(ctx.depth_renderbuffer(size, samples=quality.samples))
            self._target = self._keep(ctx.framebuffer([colour], depth))
        else:
            self._target = self._keep(ctx.framebuffer([plain], self._keep(ctx.depth_renderbuffer(size))))
        plain.repeat_x = plain.repeat_y = False
        self._plain = plain
        self.picture = self._keep(ctx.texture(size, 4)) if quality.fxaa else plain
        tiles = tuple(-(-edge // TILE) for edge in size)
        self._tile_frame = self._keep(ctx.framebuffer([self._keep(ctx.texture(tiles, 1))]))
        self.framebuffer = (
            self._target if not (quality.fxaa or quality.samples) else self._keep(ctx.framebuffer([self.picture]))
        )

    def _sitter(self, poser: Poser, mesh: Mesh) -> _Sitter:
        edge = self.quality.shadow
        depth = self._keep(self.ctx.depth_texture((edge, edge)))
        depth.compare_func, depth.repeat_x, depth.repeat_y = "<=", False, False
        depth.filter = (moderngl.LINEAR, moderngl.LINEAR)
        return _Sitter(poser, mesh, depth, self._keep(self.ctx.framebuffer(depth_attachment=depth)))

    def draw(
        self,
        frames: Sequence[MotionFrame],
        shot: Shot,
        captions: Sequence[Caption],
        at: int,
        sways: Sequence[Sway | None] = (),
    ) -> None:
        """Draw one picture into `self.picture`.

        Args:
            frames: one per seat.
            captions: what is being said, the oldest first; several stack.
            at: samples since the session began (camera drift, breathing).
            sways: hair springs, one per seat, advanced by render.avatar.swing over ALL frames; without, hair is still.
        Raises:
            SceneError: there are not as many frames as seats, or the shot is of nobody.
        """
        if len(frames) != len(self._sitters) or len(sways) not in (0, len(frames)):
            raise SceneError(
                f"{len(frames)} frames and {len(sways)} sways for {len(self._sitters)} seats; "
                "expected one for each seat"
            )
        camera = view(shot, self._places, self.size[0] / self.size[1], at)
        places = blocking(shot, self._places)
        seen = [k for k in shown(shot, places) if visible(camera, places[k], self.size)]
        seen.sort(key=lambda k: np.linalg.norm(np.subtract(places[k].position, camera.eye)))  # nearest first
        for k in seen:
            self._cast(self._sitters[k], places[k], frames[k], sways[k] if sways else None, at)
        self._figures([self._sitters[k] for k in seen], camera, shot.kind in ("wide", "two-shot"))
        self._finish()
        self._overlay.draw(self.framebuffer, captions)

    def present(self, target: moderngl.Framebuffer) -> None:
        """Show the last picture in a window (or any framebuffer), right side up and filling it."""
        target.use()
        self.ctx.enable_only(moderngl.NOTHING)
        self._programs["room"]["window"] = 1.0, -1.0, 0.0, 1.0  # the triangle that covers everything, mirrored
        self.picture.use(0)
        self._full_screen.render(moderngl.TRIANGLES, 3)

    def _cast(self, sitter: _Sitter, place: Placement, frame: MotionFrame, sway: Sway | None, at: int) -> None:
        pose = sitter.poser.pose(frame, place, sway, at)
        key = rooms.key_direction(self._light, np.sign(place.yaw))
        centre = np.add(place.position, (0.0, -0.07, 0.02))
        light = box(SHADOW_RADIUS, SHADOW_DEPTH) @ look_at(centre + key * SHADOW_DEPTH, centre)
        sitter.mesh.pose(pose, light, key, place.dim)
        self.ctx.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        sitter.shadow_frame.use()
        sitter.shadow_frame.clear(depth=1.0)
        sitter.mesh.cast()

    def _figures(self, sitters: Sequence[_Sitter], camera: View, at_table: bool) -> None:
        ctx, aspect = self.ctx, self.size[0] / self.size[1]
        flip = np.diag([1.0, -1.0, 1.0, 1.0])
        matrix = flip @ perspective(camera.fov, aspect) @ look_at(camera.eye, camera.target)
        self._camera.write(columns(matrix).tobytes() + np.array([*camera.eye, 1.0], np.float32).tobytes())
        self._camera.bind_to_uniform_block(0)
        self._lights.bind_to_uniform_block(1)
        # Rounded to a thousandth of a pixel: a drifting camera looks the same way but for the last bits of its
        # direction.
        behind = self._backdrop(tuple(round(edge, 6) for edge in rooms.window(camera, aspect)))
        self._target.use()
        self._target.clear(depth=1.0)
        ctx.copy_framebuffer(self._target, behind)
        self._target.use()
        ctx.enable_only(moderngl.DEPTH_TEST)
        ctx.front_face = "cw"  # the mirror turns every triangle round
        for kind in KINDS:
            if kind == "lash" and at_table:
                self._table.render(moderngl.TRIANGLE_STRIP, 6)
            if kind in ("lash", "plain"):
                ctx.enable(moderngl.BLEND)
            for sitter in sitters:
                sitter.shadow_map.use(1)
                sitter.mesh.draw(kind)
        ctx.front_face = "ccw"
        ctx.enable_only(moderngl.NOTHING)

    def _backdrop(self, window: tuple[float, float, float, float]) -> moderngl.Framebuffer:
        """The room as one camera sees it. Cameras stand still or move sideways, so each is drawn once and then copied:
        0.4 ms instead of 6.5."""
        if window not in self._backdrops:
            if len(self._backdrops) == BACKDROPS:
                leave(self.ctx)
                _free(self._backdrops.popitem(last=False)[1])
            made = self.ctx.framebuffer([self.ctx.texture(self.size, 4)])
            self._backdrops[window] = made
            made.use()
            self.ctx.enable_only(moderngl.NOTHING)
            self._programs["room"]["window"] = window
            self._room.use(0)
            self._full_screen.render(moderngl.TRIANGLES, 3)
        self._backdrops.move_to_end(window)
        return self._backdrops[window]

    def _finish(self) -> None:
        if self.quality.samples:
            self.ctx.copy_framebuffer(self.framebuffer, self._target)
        if self.quality.fxaa:
            self._smooth_edges()

    def _smooth_edges(self) -> None:
        """FXAA, only in tiles that hold an edge: 7 ms instead of 22, because llvmpipe cannot leave a shader early."""
        ctx, pixel = self.ctx, (1 / self.size[0], 1 / self.size[1])
        ctx.copy_framebuffer(self.framebuffer, self._target)
        self._plain.use(0)
        self._tile_frame.use()
        self._programs["tiles"]["pixel"] = pixel
        self._find_tiles.render(moderngl.TRIANGLES, 3)
        self.framebuffer.use()
        program, (across, down) = self._programs["fxaa"], self._tile_frame.size
        program["pixel"] = program["pixel_size"] = pixel
        program["across"] = across, down
        program["tiles"] = 1
        self._tile_frame.color_attachments[0].use(1)
        ctx.enable_only(moderngl.PROGRAM_POINT_SIZE)
        self._smooth.render(moderngl.POINTS, across * down)
        ctx.enable_only(moderngl.NOTHING)

    def release(self) -> None:
        """Free every GL object; idempotent."""
        self._release_backdrops()
        for thing in reversed(self._made):
            thing.release()
        self._made, self._sized = [], []

    def _release_backdrops(self) -> None:
        if self._made:
            leave(self.ctx)
        for made in self._backdrops.values():
            _free(made)
        self._backdrops.clear()

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *problem: object) -> None:
        self.release()


def _check_size(size: tuple[int, int]) -> None:
    if any(edge % 2 or not 16 <= edge <= 4096 for edge in size):
        raise SceneError(
            f"picture size is {size[0]}x{size[1]}; expected even numbers within 16..4096, such as 1280x720"
        )


def _free(frame: moderngl.Framebuffer) -> None:
    for texture in frame.color_attachments:
        texture.release()
    frame.release()


def _opaque(rgb: np.ndarray) -> bytes:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]).tobytes()


def perspective(fov: float, aspect: float, near: float = 0.3, far: float = 12.0) -> np.ndarray:
    """[4, 4] for a vertical angle in radians."""
    f = 1 / np.tan(fov / 2)
    return np.array(
        [
            [f / aspect, 0, 0, 0],
            [0, f, 0, 0],
            [0, 0, (far + near) / (near - far), 2 * far * near / (near - far)],
            [0, 0, -1, 0],
        ]
    )


def box(radius: float, depth: float) -> np.ndarray:
    """[4, 4] for parallel light: a box of 2 radius across, from 0 to 2 depth away."""
    return np.array([[1 / radius, 0, 0, 0], [0, 1 / radius, 0, 0], [0, 0, -1 / depth, -1.0], [0, 0, 0, 1]])


def look_at(eye: Sequence[float], target: Sequence[float]) -> np.ndarray:
    """[4, 4] for a camera, +Y up."""
    eye = np.asarray(eye, float)
    back = eye - np.asarray(target, float)
    back /= np.linalg.norm(back)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    out = np.eye(4)
    out[:3, :3] = np.stack([right, np.cross(back, right), back])
    out[:3, 3] = -out[:3, :3] @ eye
    return out


def visible(camera: View, place: Placement, size: tuple[int, int]) -> bool:
    """Whether any part of a bust can be in the picture: its sphere against the left and right edges."""
    x, _, z, _ = look_at(camera.eye, camera.target) @ [
        place.position[0],
        place.position[1] - 0.1,
        place.position[2],
        1.0,
    ]
    half = np.arctan(np.tan(camera.fov / 2) * size[0] / size[1])
    return z < 0 and abs(x) * np.cos(half) + z * np.sin(half) < REACH
