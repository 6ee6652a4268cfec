"""The whole picture, drawn small and probed: people are where the camera says, and look alive."""

from pathlib import Path

import numpy as np
import pytest

from motion.frame import INDEX, MotionFrame
from render import capture
from render.avatar import Sway
from render.bust import read
from render.camera import Shot, blocking, placements, view
from render.context import leave
from render.errors import SceneError
from render.mesh import Mesh
from render.overlay import PALETTE, Caption
from render.program import FIGURE, Programs
from render.scene import QUALITIES, Scene, Seat, look_at, perspective
from tiny_avatar import glb

AVATARS = Path(__file__).resolve().parents[1] / "render" / "avatars"
SEATS = [Seat(AVATARS / "maya.glb", "left"), Seat(AVATARS / "david.glb", "right")]
SIZE = (192, 108)
pytestmark = pytest.mark.slow  # each picture is 10 ms, but two heads and a room take a second to load


def frame(head=(0.0, 0.0, 0.0), gaze=(0.0, 0.0), **weights):
    w = np.zeros(52, np.float32)
    for name, value in weights.items():
        w[INDEX[name]] = value
    return MotionFrame(0, w, np.float32(head), np.float32(gaze))


@pytest.fixture(scope="module")
def two(gl):
    with Scene(gl, SIZE, QUALITIES["draft"], "studio", "warm", SEATS) as scene:
        yield scene


def picture(scene, *frames, shot=Shot("two-shot"), captions=(), at=0, sways=()):
    scene.draw(frames or (frame(), frame()), shot, captions, at, sways)
    return capture.rgb(scene).astype(int)


def pixel(point, shot=Shot("two-shot"), size=SIZE):
    """Column and row of a point of the room."""
    v = view(shot, placements(["left", "right"]), size[0] / size[1])
    x, y, _, w = perspective(v.fov, size[0] / size[1]) @ look_at(v.eye, v.target) @ [*point, 1.0]
    return round((x / w + 1) / 2 * size[0]), round((1 - y / w) / 2 * size[1])


def patch(image, point, shot=Shot("two-shot"), radius=3):
    x, y = pixel(point, shot, (image.shape[1], image.shape[0]))
    return image[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]


def local(seat, x, y, z):
    """A point of a face, in the room."""
    c, s = np.cos(seat.yaw + seat.head[1]), np.sin(seat.yaw + seat.head[1])
    return seat.position[0] + c * x + s * z, seat.position[1] + y, seat.position[2] - s * x + c * z


def test_faces_are_where_the_camera_says_and_made_of_skin(two):
    image = picture(two)
    for seat in placements(["left", "right"]):
        r, g, b = patch(image, local(seat, 0.0, -0.03, 0.11)).mean((0, 1))
        assert r > g > b and r > 120 and r - b > 30


def test_the_room_is_behind_and_the_table_in_front(two):
    image = picture(two, shot=Shot("wide"))
    assert image[4, 4].max() > 20 and image[:12].std() < 60
    shoulders, table = image[int(0.72 * SIZE[1]), SIZE[0] // 2], image[-14, SIZE[0] // 2]
    assert table[0] > table[2] and np.abs(table - shoulders).max() > 10


def test_the_same_arguments_give_the_same_picture(two):
    frames = frame(jawOpen=0.4), frame((0.1, 0.2, 0.0))
    first = picture(two, *frames, at=48_000)
    picture(two, frame(mouthSmileLeft=1.0), frame(), shot=Shot("single", 1), at=10_000)
    assert np.array_equal(first, picture(two, *frames, at=48_000))


def test_a_mouth_opens_dark(two):
    def dark(jaw):
        image = picture(two, frame(jawOpen=jaw), frame(), shot=Shot("single", 0))
        mouth = patch(image, local(placements(["left", "right"])[0], 0.0, -0.07, 0.10), Shot("single", 0), 10)
        return (mouth.sum(-1) < 190).sum()

    assert dark(0.0) <= dark(0.4) < dark(0.9) and dark(0.9) > 12


def eye(image, seat, shot):
    """The patch around the left eye of a seat."""
    return patch(image, local(seat, 0.028, 0.0, 0.085), shot, radius=round(0.055 * image.shape[0]))


def test_the_white_of_an_eye_is_brighter_than_its_iris_and_lids_hide_both(gl):
    seat, shot = placements(["left", "right"])[0], Shot("single", 0)
    with Scene(gl, (480, 270), QUALITIES["draft"], "plain", "warm", SEATS) as scene:
        open_, shut = (
            eye(picture(scene, frame(eyeBlinkLeft=w, eyeBlinkRight=w), frame(), shot=shot), seat, shot)
            for w in (0.0, 1.0)
        )
    grey = np.abs(open_ - open_.mean(-1, keepdims=True)).max(-1) < 14
    white, pupil = open_.mean(-1)[grey].max(), open_.mean(-1).min()
    assert white > 150 and pupil < 60
    assert (shut.mean(-1) < 60).sum() < (open_.mean(-1) < 60).sum()


def test_eyes_move_with_the_gaze(two):
    shot = Shot("single", 1)
    away, back = (picture(two, frame(), frame(gaze=(0.0, yaw)), shot=shot) for yaw in (-0.35, 0.35))
    moved = np.abs(away - back).max(-1) > 12
    rows, columns = np.nonzero(moved)
    x, y = pixel(local(placements(["left", "right"])[1], 0.0, 0.0, 0.08), shot)
    assert len(rows) > 4 and abs(rows.mean() - y) < 14 and abs(columns.mean() - x) < 22


def test_a_turned_head_and_swinging_hair_change_the_picture(two):
    still = picture(two)
    assert (np.abs(picture(two, frame((0.0, 0.3, 0.0)), frame()) - still).max(-1) > 20).sum() > 200
    swung = picture(two, sways=(Sway(0, (0.0, 0.2, 0.1)), None))
    assert (np.abs(swung - still).max(-1) > 20).sum() > 20


def test_a_head_throws_its_shadow(gl):
    """The same neck with its head, and with a head that throws nothing."""
    shot, seat = Shot("single", 1), placements(["left", "right"])[1]

    def necks(scene):
        image = picture(scene, shot=shot)
        return patch(image, local(seat, 0.0, -0.15, 0.04), shot, 8).mean()

    with Scene(gl, SIZE, QUALITIES["draft"], "plain", "warm", SEATS) as scene:
        shaded = necks(scene)
        for sitter in scene._sitters:
            sitter.mesh.cast = lambda: None
        assert shaded < 0.97 * necks(scene)


def test_a_single_shows_one_person_and_over_a_shoulder_two(two):
    places = placements(["left", "right"])
    single = picture(two, shot=Shot("single", 0))
    navy = (single[..., 2] > single[..., 0] + 25) & (single[..., 2] > single[..., 1] + 12)
    assert navy.mean() < 0.004, "David's pullover is not in Maya's single"
    over = picture(two, shot=Shot("over-shoulder", 0))
    owner = blocking(Shot("over-shoulder", 0), places)[1]
    assert patch(over, np.add(owner.position, (0.02, 0.03, 0.05)), Shot("over-shoulder", 0)).mean() < 110, (
        "the back of a dark head"
    )


def test_subtitles_lie_over_everything(two):
    image = picture(two, captions=[Caption("Ada", "Hi! You must be Ben.", 0)])
    wanted = [int(PALETTE[0][k : k + 2], 16) for k in (1, 3, 5)]
    assert (np.abs(image[70:] - wanted).max(-1) < 30).sum() > 30


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_quality_draws_and_frees_all_it_made(ctx, quality):
    scene = Scene(ctx, (96, 54), QUALITIES[quality], "plain", "cool", SEATS[:1])
    for shot in (Shot("wide"), Shot("single", 0)):
        scene.draw([frame()], shot, [Caption("A", "words", 0)], 0)
        assert capture.rgb(scene).std() > 15
    scene.release()
    scene.release()


def test_better_quality_has_smoother_edges(gl):
    def jagged(quality):
        """Pixels that stand out sharply from both neighbours: stairs along edges, and nothing that paint can do."""
        with Scene(gl, (480, 270), QUALITIES[quality], "plain", "warm", SEATS[:1]) as scene:
            image = picture(scene, frame(), shot=Shot("single", 0)).mean(-1)
        return (np.abs(np.diff(image, 2, axis=1)) > 60).sum()

    draft, standard, high = (jagged(q) for q in ("draft", "standard", "high"))
    assert standard < 0.6 * draft and high < 0.6 * draft


def test_a_foreign_head_is_drawn_too(ctx, tmp_path):
    path = tmp_path / "stranger.glb"
    path.write_bytes(glb(colour=(0.1, 0.8, 0.2, 1.0)))
    with Scene(ctx, (96, 54), QUALITIES["standard"], "plain", "warm", [Seat(path), Seat(path), Seat(path)]) as scene:
        image = picture(scene, frame(), frame(), frame(), shot=Shot("wide"))
    green = (image[..., 1] > image[..., 0] + 40) & (image[..., 1] > image[..., 2] + 40)
    assert green.mean() > 0.03 and all(part.any() for part in np.array_split(green, 3, axis=1))


def test_a_head_that_calls_itself_teeth_is_drawn_without_a_shadow(ctx, tmp_path):
    def teeth(document, data):
        document["materials"][0]["name"] = "Teeth"

    path = tmp_path / "teeth.glb"
    path.write_bytes(glb(teeth))
    with Scene(ctx, (96, 54), QUALITIES["draft"], "plain", "warm", [Seat(path)]) as scene:
        assert picture(scene, frame(), shot=Shot("single", 0)).std() > 5


def test_a_bust_that_cannot_be_finished_leaves_nothing(ctx):
    programs = Programs(ctx)
    without = {name: programs[name] for name in FIGURE}
    with pytest.raises(KeyError, match="shadow"):
        Mesh(ctx, read(SEATS[0].avatar), without)
    programs.release()


@pytest.mark.parametrize("size", [(16, 16), (16, 4096), (4096, 16)])
def test_the_smallest_and_the_narrowest_pictures_are_drawn_with_any_words(ctx, tmp_path, size):
    path = tmp_path / "stranger.glb"
    path.write_bytes(glb())
    words = [Caption("Nämé" * 20, text, k) for k, text in enumerate(("word " * 1000, "שלום", "😀", "\x00", "\ud800"))]
    with Scene(ctx, size, QUALITIES["standard"], "plain", "warm", [Seat(path)] * 8) as scene:
        for shot in (Shot("wide"), Shot("single", 7), Shot("over-shoulder", 0)):
            assert picture(scene, *[frame()] * 8, shot=shot, captions=words).shape == (size[1], size[0], 3)


def test_a_drifting_camera_sees_one_room(two):
    for shot in (Shot("single", 0), Shot("over-shoulder", 1)):
        before = set(two._backdrops)
        for at in range(0, 17 * 48_000, 2 * 48_000):
            picture(two, shot=shot, at=at)
        assert len(set(two._backdrops) - before) <= 1, "each new view of the room costs as much as a picture"


def test_a_window_shows_the_picture_right_side_up(ctx, two):
    image = picture(two, captions=[Caption("Ada", "Hi!", 0)])
    texture = ctx.texture(SIZE, 4)
    window = ctx.framebuffer([texture])
    two.present(window)
    shown = np.frombuffer(window.read(components=3, alignment=1), np.uint8).reshape(SIZE[1], SIZE[0], 3)
    assert np.abs(shown[::-1].astype(int) - image).max() <= 1, "OpenGL counts rows from the bottom"
    leave(ctx)
    window.release()
    texture.release()


def test_what_cannot_be_drawn_is_said(ctx, two):
    with pytest.raises(SceneError, match="1 frames"):
        two.draw([frame()], Shot("wide"), [], 0)
    with pytest.raises(SceneError, match="expected 0..1"):
        two.draw([frame(), frame()], Shot("single", 2), [], 0)
    for size, stage, light, seats, says in (
        ((101, 54), "studio", "warm", SEATS, "even numbers"),
        ((96, 54), "studdio", "warm", SEATS, "did you mean 'studio'"),
        ((96, 54), "studio", "hot", SEATS, "light"),
        ((96, 54), "studio", "warm", [], "nobody"),
    ):
        with pytest.raises(SceneError, match=says):
            Scene(ctx, size, QUALITIES["draft"], stage, light, seats)


@pytest.mark.parametrize("quality", QUALITIES.values(), ids=list(QUALITIES))
def test_a_scene_that_changes_draws_what_a_new_one_draws(ctx, quality):
    with Scene(ctx, (96, 54), QUALITIES["high"], "studio", "warm", SEATS) as scene:
        picture(scene)
        with pytest.raises(SceneError):
            scene.change((95, 54), quality)
        scene.change(SIZE, quality)
        changed = picture(scene)
    with Scene(ctx, SIZE, quality, "studio", "warm", SEATS) as scene:
        assert (picture(scene) == changed).all()
