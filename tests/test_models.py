import gzip
import hashlib
import io
import tarfile

import pytest

from agents import models
from dialogue.errors import ModelFileError


def test_the_installed_model_is_the_one_in_the_manifest():
    assert len(models.read("hibari")) == models.MANIFEST["hibari"].size


def test_a_damaged_file_is_refused_and_says_how_to_mend_it(tmp_path):
    damaged = tmp_path / "hibari.onnx"
    damaged.write_bytes(b"\x08" + models.read("hibari")[1:-1])
    with pytest.raises(ModelFileError, match=r"not the expected file: 7936867 bytes.*run: duologue models pull hibari"):
        models.read("hibari", damaged)


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ModelFileError, match=r"cannot read .*gone.onnx \(No such file"):
        models.read("hibari", tmp_path / "gone.onnx")


def test_an_unknown_model_is_an_error_with_a_suggestion():
    with pytest.raises(ModelFileError, match="did you mean 'hibari'"):
        models.find("hibary")


def test_a_package_that_is_not_installed_is_an_error_that_names_it(monkeypatch):
    absent = models.ModelFile((models.Piece("no_such_package", "no-such==1.0", "x.onnx"),), 1, "0" * 64, "MIT", "")
    monkeypatch.setitem(models.MANIFEST, "absent", absent)
    with pytest.raises(ModelFileError, match="no-such==1.0 is not installed"):
        models.find("absent")


def test_every_file_says_how_to_get_it():
    for name, file in models.MANIFEST.items():
        ours = any(piece.distribution == models.OURS for piece in file.pieces)
        mend = "install Duologue again" if ours else f"run: duologue models pull {models.model_of(name)}$"
        with pytest.raises(ModelFileError, match=mend):
            models.read(name, models.Path("/nowhere"))


def test_every_file_belongs_to_one_model_and_has_a_place_of_its_own():
    files = [name for model in models.MODELS.values() for name in model.files]
    assert sorted(files) == sorted(models.MANIFEST) and len({models.kept(name) for name in files}) == len(files)
    assert all(len(file.sha256) == 64 and file.size > 0 for file in models.MANIFEST.values())
    assert all(file.pieces or file.others for file in models.MANIFEST.values())


@pytest.fixture
def cut(monkeypatch, tmp_path):
    """A model of three pieces, b"one two three"."""
    for name, data in (("a", b"one "), ("b", b"two "), ("c", b"three")):
        (tmp_path / name).write_bytes(data)
    pieces = tuple(models.Piece("dialogue", f"part-{name}==1.0", str(tmp_path / name)) for name in "abc")
    whole = hashlib.sha256(b"one two three").hexdigest()
    monkeypatch.setitem(models.MANIFEST, "cut", models.ModelFile(pieces, 13, whole, "MIT", ""))
    return tmp_path


def test_a_model_in_pieces_is_joined_in_their_order(cut):
    assert models.installed("cut") and models.read("cut") == b"one two three"


def test_a_damaged_piece_spoils_the_whole(cut):
    (cut / "b").write_bytes(b"too ")
    with pytest.raises(ModelFileError, match=r"a and 2 more, joined, is not .*pull cut"):
        models.read("cut")


def test_a_missing_piece_is_a_model_that_is_not_installed(cut):
    (cut / "c").unlink()
    assert not models.installed("cut")
    with pytest.raises(ModelFileError, match=r"cannot read .*/c \(No such file"):
        models.read("cut")


def test_whether_an_unknown_model_is_installed_is_not_a_question():
    with pytest.raises(ModelFileError, match="did you mean 'kokoro'"):
        models.installed("kokoru")


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """One model of the cache folder, b"style"; the folder."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(models, "cache", lambda: folder)
    style = models.ModelFile(
        (), 5, hashlib.sha256(b"style").hexdigest(), "MIT", "", (models.Npm("x@1", "s"),), "some/style.bin"
    )
    monkeypatch.setattr(models, "MANIFEST", {"a style": style})
    return folder


def archive(path, **members):
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(f"../{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def test_what_belongs_to_us_is_taken_out_of_an_archive_whatever_it_is_called_there(kept, tmp_path):
    assert not models.installed("a style")
    found = models.keep(archive(tmp_path / "x.tgz", readme=b"hello", other=b"Style", voice=b"style"))
    assert found == (kept / "some" / "style.bin",) and models.read("a style") == b"style"
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["x.tgz", "style.bin"]


def test_an_archive_without_our_voices_is_an_error_that_names_the_right_one(kept, tmp_path):
    with pytest.raises(ModelFileError, match="holds none of the 1 voices.* npm pack kokoro-js@1.2.1"):
        models.keep(archive(tmp_path / "x.tgz", readme=b"hello"))
    assert not kept.exists()


@pytest.mark.parametrize("damage", ["gone", "text", "cut"])
def test_an_archive_that_cannot_be_read_is_an_error_in_one_line(kept, tmp_path, damage):
    path = tmp_path / "x.tgz"
    if damage == "text":
        path.write_text("not an archive")
    elif damage == "cut":
        whole = archive(path, voice=bytes(1000)).read_bytes()
        path.write_bytes(gzip.compress(b"") + whole[: len(whole) // 2])
    with pytest.raises(
        ModelFileError,
        match=r"cannot take voices out of .*x.tgz' \([^\n]+\); run: duologue models pull piper-joe kokoro$",
    ):
        models.keep(path)


@pytest.mark.parametrize("name", [name for name, file in models.MANIFEST.items() if "motion" in str(file.pieces)])
def test_our_own_weights_are_those_that_the_manifest_names(name):
    assert models.verified(name).is_file()
