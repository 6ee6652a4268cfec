"""Any head with the 52 shapes becomes a bust; our own keep what they state."""

import json
from pathlib import Path

import numpy as np
import pytest

from motion.frame import ARKIT, INDEX
from render import bust, gltf
from render.errors import AvatarError
from tiny_avatar import document, glb, pack

AVATARS = Path(__file__).resolve().parents[1] / "render" / "avatars"


def tiny(**kwargs) -> bust.Bust:
    return bust.understand(gltf.parse(glb(**kwargs), "tiny.glb"))


def test_names_are_taken_as_other_programs_write_them():
    for written in ("jawOpen", "JawOpen", "jaw_open", "face.jawOpen", "JAWOPEN"):
        assert bust.arkit_name(written) == "jawOpen"
    for written in ("eyeBlinkLeft", "eyeBlink_L", "EyeBlink_l", "blendShape1.eyeBlinkLeft"):
        assert bust.arkit_name(written) == "eyeBlinkLeft"
    assert bust.arkit_name("viseme_aa") is None


def test_a_head_with_other_spellings_loads():
    names = tuple(n[0].upper() + n[1:].replace("Left", "_L").replace("Right", "_R") for n in ARKIT)
    assert (np.diff(tiny(names=names).morphs.tocsc().indptr) > 0).all()


def test_missing_shapes_are_named():
    with pytest.raises(AvatarError, match="without jawOpen, cheekPuff") as caught:
        tiny(names=tuple(n for n in ARKIT if n not in ("jawOpen", "cheekPuff")))
    assert "52 ARKit" in caught.value.expected
    assert tiny(names=tuple(n for n in ARKIT if n != "tongueOut")).touched.size


def test_a_foreign_head_gets_human_size_with_its_eyes_at_zero():
    small, in_centimetres = tiny(radius=0.1), tiny(radius=10.0)
    for head in (small, in_centimetres):
        assert abs(head.eye[1]) < 0.002 and 0.02 < head.eye[0] < 0.045
        assert 0.1 < np.ptp(head.position[:, 1]) < 0.3


def test_a_head_whose_shapes_move_nothing_is_refused():
    def still(document_, data):
        for target in document_["meshes"][0]["primitives"][0]["targets"]:
            del document_["accessors"][target["POSITION"]]["sparse"]

    def flat(document_, data):
        document_["nodes"][0]["scale"] = [0, 0, 0]

    for spoil in (still, flat):
        with pytest.raises(AvatarError, match="move nothing"):
            tiny(spoil=spoil)


@pytest.mark.parametrize("name", bust.KINDS)
def test_a_foreign_surface_with_a_name_of_ours_keeps_its_own_look(name):
    def named(document_, data):
        document_["materials"][0]["name"] = name

    (part,) = tiny(spoil=named, colour=(0.1, 0.8, 0.2, 1.0)).parts
    assert part.kind in ("skin", "mouth", "plain"), "no shader that wants maps which only we make"
    colour = part.material.colour if part.material.image is None else part.material.image[0, 0] / 255
    assert colour[1] > colour[0] + 0.5


def test_a_head_without_bones_turns_as_a_whole():
    assert (tiny().head == 1).all()


def test_normals_turn_with_the_shape():
    head = tiny()
    change = head.morphs[:, INDEX["jawOpen"]].toarray().reshape(-1, 6)
    assert np.abs(change[:, :3]).max() > 0.005
    assert np.abs(change[:, 3:]).max() > 0.02
    posed = head.normal[head.touched] + change[:, 3:]
    assert (np.abs(np.linalg.norm(posed, axis=1) - 1) < 0.35).all()


def test_seams_do_not_crease():
    """Two faces that share an edge but not their vertices get one normal along it."""
    gltf_, data = document()
    model = gltf.parse(pack(gltf_, data), "tiny.glb").primitives[0]
    split = model.attributes["POSITION"][model.triangles.reshape(-1)]
    joint, gather = bust._weld(split, np.arange(len(split)).reshape(-1, 3))
    assert joint.max() + 1 == 114 and gather.shape == (114, 224)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(AVATARS.glob("*.glb")), ids=lambda p: p.stem)
def test_our_own_avatars_become_busts_as_they_are(path):
    made = bust.read(path)
    assert [p.kind for p in made.parts] == [k for k in bust.KINDS if k in {p.kind for p in made.parts}]
    assert (made.head >= 0).all() and (made.head <= 1.001).all()
    assert made.eye_radius == pytest.approx(0.0155, abs=0.002) and made.extent[1, 1] < 0.2
    assert (np.diff(made.morphs.tocsc().indptr) > 0).all(), "a shape that moves nothing"
    lashes = np.unique(next(p.triangles for p in made.parts if p.kind == "lash"))
    depth = made.position[lashes, 2]
    assert depth[made.uv[lashes, 1] < 0.1].mean() < depth[made.uv[lashes, 1] > 0.9].mean(), (
        "lashes grow forward from the lid"
    )


def test_extras_that_lie_are_refused():
    gltf_, data = document()
    gltf_["scenes"][0]["extras"] = {"duologue": {"eye": "left", "eye_radius": 0.015}}
    gltf_["nodes"][0]["name"] = "head"
    with pytest.raises(AvatarError, match="extras.duologue"):
        bust.understand(gltf.parse(pack(json.loads(json.dumps(gltf_)), data), "tiny.glb"))
