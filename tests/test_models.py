import pytest

from agents import models
from dialogue.errors import ModelFileError


def test_the_installed_model_is_the_one_in_the_manifest():
    assert len(models.read("hibari")) == models.MANIFEST["hibari"].size


def test_a_damaged_file_is_refused_and_says_how_to_mend_it(tmp_path):
    damaged = tmp_path / "hibari.onnx"
    damaged.write_bytes(b"\x08" + models.read("hibari")[1:-1])
    with pytest.raises(ModelFileError, match=r"not the expected file: 7936867 bytes.*pip install .*hibari-tts==0.2.1"):
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
