"""What a person calls a model is looked at before any runtime is, and each usual mistake has its own answer."""

import asyncio
import io
import pickle
import shutil
import struct
import tempfile
import zipfile

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import asr, llm, model_format, models
from agents.model_format import CTRANSLATE2, GGUF, ONNX, SAFETENSORS
from dialogue.errors import EngineError, ModelFileError


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was loaded')",)


def torch_zip():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(Bomb()))
    return made.getvalue()


def gguf(tensors=3, text=b"x" * 100):
    """A GGUF file of 16 numbers a tensor, with a list and a text in its head."""
    word = lambda b: struct.pack("<Q", len(b)) + b  # noqa: E731
    head = b"GGUF" + struct.pack("<IQQ", 3, tensors, 3)
    head += word(b"general.name") + struct.pack("<I", 8) + word(text)
    head += word(b"general.alignment") + struct.pack("<II", 4, 64)
    head += word(b"tokens") + struct.pack("<IIQ", 9, 8, 2) + word(b"a") + word(b"b")
    for i in range(tensors):
        head += word(f"t{i}".encode()) + struct.pack("<IQIQ", 1, 16, 0, 64 * i)
    return head + bytes(-len(head) % 64) + bytes(64 * tensors)


MISTAKES = {
    "a pickle": pickle.dumps(Bomb()),
    "a PyTorch checkpoint": torch_zip(),
    "a web page": b"\n<!DOCTYPE html><html>",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
    "a text in JSON": b'{"error": "not found"}',
    "empty": b"",
    "unknown": b"just some words",
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("wanted", [GGUF, ONNX, SAFETENSORS, CTRANSLATE2])
def test_what_is_no_model_is_told_for_what_it_is(tmp_path, name, wanted):
    path = tmp_path / "model.gguf"
    path.write_bytes(MISTAKES[name])
    with pytest.raises(ModelFileError, match=f"is no {wanted} file: it is .*{name}.*; expected"):
        model_format.check(path, wanted)


def test_every_model_that_we_have_passes_as_what_it_is(tmp_path):
    for name, wanted in (
        ("hibari", ONNX), ("silero_vad", ONNX), ("smart_turn", ONNX), ("dual_stream", SAFETENSORS),
        ("smollm2-135m", GGUF), ("whisper-tiny.en", CTRANSLATE2),
    ):  # fmt: skip
        (path,) = models.find(name)
        model_format.check(path, wanted)


def test_half_a_model_is_told_by_its_own_table(tmp_path):
    whole, path = {GGUF: gguf(), SAFETENSORS: safetensors.numpy.save({"a": np.zeros(1000)})}, tmp_path / "model"
    for wanted, data in whole.items():
        path.write_bytes(data)
        model_format.check(path, wanted)
        path.write_bytes(data[: len(data) - 200])
        with pytest.raises(ModelFileError, match="is only a part of a model: .* bytes, and its table tells of"):
            model_format.check(path, wanted)
        path.write_bytes(data[:60])
        with pytest.raises(ModelFileError, match="makes no sense|is no "):
            model_format.check(path, wanted)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from([GGUF, SAFETENSORS, ONNX, CTRANSLATE2]), st.integers(0, 40))
def test_nothing_that_follows_a_good_beginning_can_hang_or_crash(tmp_path, junk, wanted, kept):
    path = tmp_path / "model"
    path.write_bytes((gguf() if wanted == GGUF else safetensors.numpy.save({"a": np.zeros(3)}))[:kept] + junk)
    try:
        model_format.check(path, wanted)
    except ModelFileError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pickle.dumps(Bomb()), "is no GGUF file: it is a pickle"),
        (gguf()[:-150], "is only a part of a model"),
        (b"GGUF" * 100, "begins as a GGUF file, but what follows makes no sense"),
        (None, "cannot read model .*No such file"),
    ],
)
def test_a_mind_that_is_no_gguf_is_refused_with_one_clear_error(tmp_path, data, why):
    from agents.llm import local

    path = tmp_path / "mind.gguf"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ModelFileError, match=why):
        local.file(str(path))
    assert llm.load("local", model=str(path)).model == str(path)
    with pytest.raises(ModelFileError, match="no local mind named 'smollm'; did you mean 'smollm2-135m'"):
        local.file("smollm")


@pytest.mark.parametrize("data", [gguf(), gguf()[:-150]], ids=["no mind", "half"])
def test_a_mind_that_cannot_be_loaded_leaves_no_folder_behind(tmp_path, monkeypatch, data):
    pytest.importorskip("xllamacpp")
    path, temporary = tmp_path / "mind.gguf", tmp_path / "t"
    path.write_bytes(data)
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    async def work():
        mind = llm.load("local", model=str(path))
        try:
            for _ in range(2):
                with pytest.raises((EngineError, ModelFileError), match="llama.cpp cannot load mind.gguf|only a part"):
                    await mind.warm(())
                assert not list(temporary.iterdir())
        finally:
            await mind.close()

    asyncio.run(work())
    assert not list(temporary.iterdir())


@pytest.fixture
def whisper(tmp_path):
    """A folder with a real model of Whisper's."""
    for end in ("", "-config", "-tokenizer", "-vocabulary"):
        (path,) = models.find("whisper-tiny.en" + end)
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "data", "why"),
    [
        ("model.bin", pickle.dumps(Bomb()), "is no CTranslate2 file: it is a pickle"),
        ("model.bin", torch_zip(), "is no CTranslate2 file: it is .*a PyTorch checkpoint"),
        ("model.bin", "half", "cannot be loaded: .*; it is damaged, or no Whisper: get it again"),
        ("tokenizer.json", None, "has no tokenizer.json"),
        ("config.json", None, "has no config.json"),
    ],
)
def test_a_whisper_that_is_none_is_refused_with_one_clear_error(whisper, file, data, why):
    path = whisper / file
    if data is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if data == "half" else data)
    with pytest.raises(ModelFileError, match=why):
        asr.load("faster_whisper", str(whisper)).warm()


def test_a_whisper_that_nobody_knows_is_told_with_the_nearest_name():
    with pytest.raises(ModelFileError, match="no Whisper model named 'smal'; did you mean 'small'"):
        asr.load("faster_whisper", "smal").warm()
