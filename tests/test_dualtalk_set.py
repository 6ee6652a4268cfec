"""The DualTalk layout: read as published, nobody met twice, broken clips told by name."""

import struct

import numpy as np
import pytest

from dialogue.errors import CorpusError
from dialogue.types import Role
from motion.corpus import AUDIO_RATE, ROLES
from motion.dualtalk_set import FOLDERS, clips, read_dualtalk, read_wav, roles_of, speaker

SECONDS = 2


def wav(samples, rate=AUDIO_RATE, channels=1, form=3, bits=32):
    body = samples.tobytes()
    head = struct.pack("<HHIIHH", form, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    fact = b"fact" + struct.pack("<II", 4, len(samples))
    chunks = b"fmt " + struct.pack("<I", len(head)) + head + fact + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def sound(seed):
    return np.random.default_rng(seed).uniform(-0.3, 0.3, SECONDS * AUDIO_RATE).astype(np.float32)


def face(frames=SECONDS * 25, seed=0):
    rng = np.random.default_rng(seed)
    return {"exp": rng.normal(size=(frames, 50)).astype("f4"), "pose": rng.normal(size=(frames, 6)).astype("f4")}


def put(folder, name, faces=(1, 2)):
    folder.mkdir(exist_ok=True, parents=True)
    for p in (1, 2):
        (folder / f"{name}_speaker{p}.wav").write_bytes(wav(sound(p)))
        if p in faces:
            np.savez(folder / f"{name}_speaker{p}.npz", **face(seed=p))


@pytest.fixture
def data(tmp_path):
    for i in range(40):
        put(tmp_path / "train", f"vid{i:02}_sub_video_000_00{i % 10}")
    put(tmp_path / "train", "both_sub_video_001_000")
    put(tmp_path / "test", "both_sub_video_002_000", faces=(1,))
    put(tmp_path / "ood", "far_sub_video_000_000")
    return tmp_path


def test_a_clip_is_read_as_it_lies_there(data):
    (clip,) = read_dualtalk(data, "test")
    assert clip.name == "both_sub_video_002_000" and clip.voices == ("both/1", "both/2")
    assert clip.has_motion == (True, False) and clip.frames == SECONDS * 25
    assert np.array_equal(clip.audio, np.stack([sound(1), sound(2)]))
    put_there = face(seed=1)
    assert np.array_equal(clip.flame[:, 0, :50], put_there["exp"])
    assert np.array_equal(clip.flame[:, 0, 50:53], put_there["pose"][:, 3:])  # jaw
    assert np.array_equal(clip.flame[:, 0, 53:], put_there["pose"][:, :3])  # neck
    assert not clip.flame[:, 1].any() and clip.phones is None


def test_nobody_is_met_in_two_splits(data):
    met = {split: {speaker(name) for _, name in clips(data, split)} for split in ("train", "valid", "test", "unseen")}
    assert met["test"] == {"both"} and met["unseen"] == {"far"}
    assert not met["train"] & met["valid"] and "both" not in met["train"] | met["valid"]
    assert len(met["train"] | met["valid"]) == 40 and 1 <= len(met["valid"]) <= 12


def test_another_layout_is_told(tmp_path):
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    with pytest.raises(CorpusError, match="expected {train,test,ood}"):
        list(read_dualtalk(tmp_path, "train"))


BROKEN = {
    "no sound": (lambda f: (f / "a_speaker2.wav").unlink(), "cannot read .*a_speaker2.wav"),
    "no face": (lambda f: [(f / f"a_speaker{p}.npz").unlink() for p in (1, 2)], "has no face"),
    "no wav": (lambda f: (f / "a_speaker1.wav").write_bytes(b"ID3"), "is no wav"),
    "cut off": (lambda f: (f / "a_speaker1.wav").write_bytes(wav(sound(1))[:40]), "without sound"),
    "44.1 kHz": (lambda f: (f / "a_speaker1.wav").write_bytes(wav(sound(1), 44100)), "44100 Hz; expected 1 at 16000"),
    "stereo": (lambda f: (f / "a_speaker1.wav").write_bytes(wav(sound(1), channels=2)), "2 channels"),
    "8 bit": (lambda f: (f / "a_speaker1.wav").write_bytes(wav(sound(1), form=1, bits=8)), "8 bits"),
    "short sound": (lambda f: (f / "a_speaker1.wav").write_bytes(wav(sound(1)[:8000])), "expected the same"),
    "damaged face": (lambda f: (f / "a_speaker1.npz").write_bytes(b"PK\3\4 and no more"), "cannot be read"),
    "empty face": (lambda f: (f / "a_speaker1.npz").write_bytes(b""), "cannot be read"),
    "no pose": (lambda f: np.savez(f / "a_speaker1.npz", exp=face()["exp"]), "lacks a field"),
    "other shape": (lambda f: np.savez(f / "a_speaker1.npz", exp=face()["exp"], pose=face()["pose"][:, :3]), "pose"),
    "no number": (lambda f: np.savez(f / "a_speaker1.npz", **{**face(), "exp": face()["exp"] * np.nan}), "no number"),
    "pickled": (lambda f: np.savez(f / "a_speaker1.npz", exp=np.array([{}]), pose=face()["pose"]), "cannot be read"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_clip_is_told_and_can_be_left_out(tmp_path, what):
    harm, told = BROKEN[what]
    put(tmp_path / "test", "a")
    put(tmp_path / "test", "b")
    harm(tmp_path / "test")
    with pytest.raises(CorpusError, match=told):
        list(read_dualtalk(tmp_path, "test"))
    problems = []
    assert [clip.name for clip in read_dualtalk(tmp_path, "test", problems.append)] == ["b"]
    assert len(problems) == 1


def test_whole_number_samples_are_read_too(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(np.array([0, 16384, -32768], "<i2"), form=1, bits=16))
    assert read_wav(path).tolist() == [0.0, 0.5, -1.0]


def test_roles_follow_each_track_through_noise_and_pauses():
    audio = np.random.default_rng(0).normal(0, 0.001, (2, 250 * 640)).astype(np.float32)
    audio[0, 25 * 640 : 75 * 640] *= 100  # one speaks from 1 to 3 s, with a pause of 0.2 s
    audio[0, 45 * 640 : 50 * 640] /= 100
    audio[1, 100 * 640 : 150 * 640] *= 100
    roles = [[ROLES[r] for r in own] for own in roles_of(audio).T]
    assert set(roles[0][25:75]) == {Role.SPEAKING} and set(roles[1][25:75]) == {Role.LISTENING}
    assert set(roles[1][100:150]) == {Role.SPEAKING} and set(roles[0][75:150]) == {Role.LISTENING}
    assert roles[0][200] is roles[1][200] is Role.IDLE
