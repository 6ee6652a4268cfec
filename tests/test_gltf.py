"""Files become arrays, or errors that say what is wrong; never anything else."""

import base64
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.frame import ARKIT
from render import bust, gltf
from render.errors import AvatarError
from tiny_avatar import glb

AVATARS = sorted((Path(__file__).resolve().parents[1] / "render" / "avatars").glob("*.glb"))
TINY = glb()


def test_a_head_comes_with_all_its_shapes():
    (head,) = gltf.parse(TINY, "tiny.glb").primitives
    assert head.attributes["POSITION"].shape == (114, 3) and head.triangles.shape == (224, 3)
    assert set(head.morphs) == set(ARKIT)
    at, delta = head.morphs["jawOpen"]
    assert len(at) == 5 and np.allclose(delta[:, 1], -0.01)


@pytest.mark.slow
@pytest.mark.parametrize("path", AVATARS, ids=lambda p: p.stem)
def test_our_own_avatars_keep_their_contract(path):
    model = gltf.load(path)
    kinds = {p.material.name for p in model.primitives}
    assert {"skin", "eye", "mouth", "lash", "hair", "cloth"} <= kinds
    for p in model.primitives:
        assert p.joint_names == ("body", "head") and "_SHADE" in p.attributes
        if p.mesh == "face":
            assert set(p.morphs) == set(ARKIT)
    assert path.stat().st_size <= 6_000_000 and model.extras["duologue"]["eye_radius"] > 0.01


def set_in(*keys, value):
    def spoil(document, data):
        at = document
        for key in keys[:-1]:
            at = at[key]
        at[keys[-1]] = value

    return spoil


def poison(document, data):
    struct.pack_into("<f", data, 0, float("nan"))


def unordered(document, data):
    view = document["bufferViews"][document["accessors"][5]["sparse"]["indices"]["bufferView"]]
    struct.pack_into("<H", data, view["byteOffset"], 60_000)


def far_away(document, data):
    struct.pack_into("<f", data, 0, 1e30)


def picture(edge):
    """A PNG that says it is `edge` pixels wide and high."""

    def spoil(document, data):
        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        head = chunk(b"IHDR", struct.pack(">IIBBBBB", edge, edge, 8, 6, 0, 0, 0))
        png = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
        document["images"] = [{"uri": "data:image/png;base64," + base64.b64encode(png).decode()}]
        document["textures"] = [{"source": 0}]
        document["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = {"index": 0}

    return spoil


BROKEN = {
    "a place beyond reason": (far_away, "finite"),
    "a picture cut off": (picture(64), "PNG or JPEG"),
    "a picture too large": (picture(5000), "at most 4096"),
    "a picture like a bomb": (picture(12_000), "PNG or JPEG"),
    "a picture like a larger bomb": (picture(60_000), "PNG or JPEG"),
    "compressed meshes": (set_in("extensionsRequired", value=["KHR_draco_mesh_compression"]), "KHR_draco"),
    "index out of range": (set_in("meshes", 0, "primitives", 0, "attributes", "NORMAL", value=900), "accessor"),
    "accessor beyond its buffer": (set_in("accessors", 0, "count", value=5000), "bytes"),
    "view beyond its buffer": (set_in("bufferViews", 0, "byteLength", value=10**8), "byteLength"),
    "negative offset": (set_in("bufferViews", 0, "byteOffset", value=-4), "byteOffset"),
    "sparse overflow": (set_in("accessors", 5, "sparse", "count", value=400), "sparse count"),
    "sparse index": (unordered, "sparse indices"),
    "not a number": (poison, "finite"),
    "a picture elsewhere": (set_in("buffers", 0, "uri", value="https://example.org/head.bin"), "data inside the file"),
    "a file elsewhere": (set_in("buffers", 0, "uri", value="../../secret"), "data inside the file"),
    "shapes without names": (set_in("meshes", 0, "extras", value={}), "targetNames"),
    "a wrong type": (set_in("accessors", 0, "type", value="MAT2"), "VEC3"),
    "text for a count": (set_in("accessors", 0, "count", value="many"), "glTF 2.0"),
    "lines instead of triangles": (set_in("meshes", 0, "primitives", 0, "mode", value=1), "triangles"),
    "its own child": (set_in("nodes", 0, "children", value=[0]), "tree"),
    "no mesh at all": (set_in("nodes", value=[]), "no mesh"),
    "a list where a table belongs": (set_in("meshes", value=[[1]]), "glTF 2.0"),
    "a joint of nothing": (set_in("nodes", 0, "rotation", value=[0, 0, 0, 0]), "quaternion"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_reason(name):
    spoil, says = BROKEN[name]
    with pytest.raises(AvatarError) as caught:
        gltf.parse(glb(spoil), "head.glb")
    assert says in str(caught.value) and "head.glb" in str(caught.value)
    assert caught.value.mend


def test_a_file_that_is_not_a_glb_is_refused():
    for data in (b"", b"x" * 64, TINY[:11], b"GLTF" + TINY[4:], TINY[:4] + struct.pack("<I", 1) + TINY[8:]):
        with pytest.raises(AvatarError):
            gltf.parse(data, "head.glb")


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(AvatarError, match="nobody.glb.*check the path"):
        gltf.load(tmp_path / "nobody.glb")


def test_a_file_over_the_size_limit_is_not_even_read(tmp_path):
    path = tmp_path / "huge.glb"
    with open(path, "wb") as f:
        f.truncate(gltf.MAX_FILE + 1)
    with pytest.raises(AvatarError, match="64 MiB"):
        gltf.load(path)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, len(TINY) - 1))
def test_a_file_cut_anywhere_is_refused(length):
    with pytest.raises(AvatarError):
        gltf.parse(TINY[:length], "head.glb")


@pytest.mark.slow
@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, len(TINY) - 1), st.integers(0, 255)), min_size=1, max_size=12))
def test_flipped_bytes_give_an_error_or_a_sound_model(flips):
    data = bytearray(TINY)
    for at, value in flips:
        data[at] = value
    try:
        model = gltf.parse(bytes(data), "head.glb")
        bust.understand(model)
    except AvatarError:
        return
    for p in model.primitives:
        assert np.isfinite(p.attributes["POSITION"]).all() and p.triangles.max() < len(p.attributes["POSITION"])


@pytest.mark.slow
def test_an_avatar_of_ours_with_flipped_bytes_never_surprises():
    whole, rng = AVATARS[0].read_bytes(), np.random.default_rng(5)
    text_end = 20 + struct.unpack_from("<I", whole, 12)[0]
    for k in range(8):
        data = bytearray(whole)
        for at in rng.integers(0, text_end if k % 2 else len(whole), 6):
            data[at] = rng.integers(256)
        try:
            gltf.parse(bytes(data), "head.glb")
        except AvatarError as problem:
            assert problem.what and problem.mend


def test_a_node_moves_what_hangs_on_it():
    moved = gltf.parse(glb(set_in("nodes", 0, "translation", value=[0, 2, 0])), "head.glb").primitives[0]
    still = gltf.parse(TINY, "head.glb").primitives[0]
    assert np.allclose(moved.attributes["POSITION"], still.attributes["POSITION"] + [0, 2, 0], atol=1e-6)
    turned = gltf.parse(glb(set_in("nodes", 0, "rotation", value=[0, 1, 0, 0])), "head.glb").primitives[0]
    assert np.allclose(turned.morphs["jawForward"][1], still.morphs["jawForward"][1] * [-1, 1, -1], atol=1e-6)
