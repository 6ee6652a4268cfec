"""Corpora: clips that fit together, shards that come back as they went in, errors that say what is wrong."""

import numpy as np
import pytest

from dialogue.errors import CorpusError
from motion.corpus import (
    CHANNELS,
    FRAME_SAMPLES,
    PHONES,
    Clip,
    Corpus,
    Manifest,
    read_shard,
    write_manifest,
    write_shard,
)


def clip(name="a", frames=50, seed=0, **other):
    rng = np.random.default_rng(seed)
    parts = dict(
        name=name,
        split="train",
        audio=rng.uniform(-0.5, 0.5, (2, frames * FRAME_SAMPLES)).astype(np.float32),
        motion=rng.uniform(0, 1, (frames, 2, CHANNELS)).astype(np.float32),
        roles=rng.integers(0, 3, (frames, 2)).astype(np.int8),
        true_roles=rng.integers(0, 3, (frames, 2)).astype(np.int8),
        feelings=rng.integers(0, 8, (frames, 2)).astype(np.int8),
        intensity=rng.uniform(0, 1, (frames, 2)).astype(np.float32),
        phones=rng.integers(0, len(PHONES), (frames * 2, 2)).astype(np.int16),
        voices=("x", "y"),
        has_motion=(True, False),
    )
    return Clip(**{**parts, **other})


def corpus(folder, clips):
    shard = write_shard(folder / "train-0000.npz", clips)
    write_manifest(folder, Manifest(1, 0.1, {"train": ("x", "y")}, (shard,), 1))
    return folder


def test_clips_come_back_as_they_went_in(tmp_path):
    first, second = clip("a"), clip("b", 30, 1, phones=None)
    read = list(Corpus(corpus(tmp_path, [first, second])).clips("train"))
    assert [c.name for c in read] == ["a", "b"] and read[1].phones is None and read[0].voices == ("x", "y")
    assert read[0].has_motion == (True, False)
    for name in ("roles", "true_roles", "feelings", "intensity", "phones"):
        assert np.array_equal(getattr(read[0], name), getattr(first, name))
    assert np.abs(read[0].audio - first.audio).max() <= 0.51 / 32767
    assert np.abs(read[0].motion - first.motion).max() <= 1.01 * 2**-12


def test_the_same_clips_give_the_same_bytes(tmp_path):
    for name in ("one.npz", "two.npz"):
        write_shard(tmp_path / name, [clip()])
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_shard_that_was_exchanged_is_told(tmp_path):
    whole = Corpus(corpus(tmp_path, [clip()]))
    whole.verify()
    write_shard(tmp_path / "train-0000.npz", [clip(seed=9)])
    with pytest.raises(CorpusError, match="not the shard of this corpus"):
        whole.verify()


def test_a_folder_without_a_corpus_says_how_to_make_one(tmp_path):
    with pytest.raises(CorpusError, match="make one with `duologue corpus"):
        Corpus(tmp_path)


def test_an_unfinished_corpus_says_how_to_go_on(tmp_path):
    write_manifest(tmp_path, Manifest(1, 0.1, {}, (), 3))
    with pytest.raises(CorpusError, match="0 of 3 shards"):
        Corpus(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"version": 99}'])
def test_a_damaged_manifest_is_told(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(CorpusError):
        Corpus(tmp_path)


@pytest.mark.parametrize("keep", [0, 100, 5000])
def test_a_damaged_shard_is_told(tmp_path, keep):
    path = tmp_path / "train-0000.npz"
    write_shard(path, [clip()])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CorpusError, match="damaged"):
        list(read_shard(path))


@pytest.mark.parametrize(
    "broken, told",
    [
        (dict(split="dev"), "split is 'dev'"),
        (dict(audio=np.zeros((2, 7), np.float32)), "audio is float32"),
        (dict(motion=np.full((50, 2, CHANNELS), np.nan, np.float32)), "no number"),
        (dict(roles=np.full((50, 2), 3, np.int8)), "roles lie in 3..3"),
        (dict(voices=("x",)), "1 voices"),
    ],
)
def test_a_clip_that_does_not_fit_together_is_told(broken, told):
    with pytest.raises(CorpusError, match=told):
        clip(**broken)
