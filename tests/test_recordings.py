"""Recordings of every usual format become two tracks; whatever is none is told in one sentence."""

import wave
from fractions import Fraction

import av
import numpy as np
import pytest

from app import recordings
from app.recordings import read
from dialogue.errors import RecordingError
from dialogue.types import RATE
from motion.frame import HOP


def tone(hz, seconds=1.5, rate=16_000, gain=0.3):
    return (gain * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def write(path, sound, rate=16_000, codec="pcm_s16le", layout=None, starts=None):
    """Sound [C, N] in any format; `starts` are the samples at which blocks of 1000 begin."""
    sound = np.atleast_2d(sound)
    layout = layout or {1: "mono", 2: "stereo", 6: "5.1"}[len(sound)]
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        fit = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for i, at in enumerate(range(0, sound.shape[1], 1000)):
            part = np.ascontiguousarray(sound[:, at : at + 1000], np.float32)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.rate, frame.time_base, frame.pts = rate, Fraction(1, rate), starts[i] if starts else at
            for small in fit.resample(frame):
                file.mux(stream.encode(small))
        file.mux(stream.encode(None))
    return path


def pitch(sound, rate=RATE):
    return np.argmax(np.abs(np.fft.rfft(sound))) * rate / len(sound)


FORMATS = {
    "a.wav": ("pcm_s16le", 16_000),
    "b.wav": ("pcm_f32le", 44_100),
    "c.flac": ("flac", 48_000),
    "d.mp3": ("libmp3lame", 44_100),
    "e.m4a": ("aac", 44_100),
    "f.ogg": ("libopus", 48_000),
    "g.aiff": ("pcm_s16be", 22_050),
    "h.wav": ("pcm_u8", 8_000),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_usual_format_and_rate_is_read(tmp_path, name):
    codec, rate = FORMATS[name]
    path = write(tmp_path / name, tone(440, rate=rate), rate, codec)
    found = read([path])
    assert found.tracks[1].end == 0 and abs(found.tracks[0].end - 1.5 * RATE) < 0.06 * RATE
    assert found.duration % HOP == 0 and found.duration >= found.tracks[0].end
    sound = found.tracks[0].read(RATE // 4, RATE)
    assert pitch(sound) == pytest.approx(440, abs=2) and np.abs(sound).max() == pytest.approx(0.3, abs=0.03)


def test_two_files_are_two_people_named_like_them_and_the_shorter_is_followed_by_silence(tmp_path):
    left, right = write(tmp_path / "ann.wav", tone(300)), write(tmp_path / "ben.flac", tone(500, 2.5), codec="flac")
    found = read([left, right])
    assert found.names == found.files == ("ann", "ben") and found.duration == 63 * HOP  # 2.5 s in whole hops
    assert [pitch(track.read(0, RATE)) for track in found.tracks] == pytest.approx([300, 500], abs=2)
    assert not found.tracks[0].read(2 * RATE, RATE).any()


def test_the_two_channels_of_one_file_are_two_people(tmp_path):
    found = read([write(tmp_path / "call.wav", np.stack([tone(300), tone(500)]))])
    assert (found.names, found.files) == (("left", "right"), ("call.left", "call.right"))
    assert [pitch(track.read(0, RATE)) for track in found.tracks] == pytest.approx([300, 500], abs=2)


@pytest.mark.parametrize("channels", [1, 2])
def test_one_person_alone_gets_a_listener_however_many_channels_hold_the_same(tmp_path, channels):
    found = read([write(tmp_path / "talk.wav", np.stack([tone(300)] * channels))])
    assert (found.names, found.files) == (("speaker", "listener"), ("talk.speaker", "talk.listener"))
    assert pitch(found.tracks[0].read(0, RATE)) == pytest.approx(300, abs=2) and found.tracks[1].end == 0


def test_of_two_files_each_is_one_person_whatever_its_channels(tmp_path):
    both = write(tmp_path / "wide.wav", np.stack([tone(300), tone(500)]))
    found = read([both, write(tmp_path / "b.wav", tone(700))])
    spectrum = np.abs(np.fft.rfft(found.tracks[0].read(0, RATE)))
    assert spectrum[[300, 500]].min() > 20 * np.median(spectrum) and len(found.tracks) == 2


def test_two_files_of_one_name_keep_their_people_apart(tmp_path):
    for folder in "ab":
        (tmp_path / folder).mkdir()
    paths = [write(tmp_path / folder / f"{name}.wav", tone(300)) for folder, name in (("a", "Rec"), ("b", "rec"))]
    assert read(paths).files == ("Rec.left", "Rec.right")


def test_sound_lies_where_its_time_stamps_say(tmp_path):
    starts = [i * 1000 + (16_000 if i >= 8 else 0) for i in range(16)]  # a second is missing after half a second
    path = write(tmp_path / "hole.mkv", tone(440, 1.0), starts=starts)
    (track, _) = read([path]).tracks
    assert abs(track.end - 2 * RATE) < RATE // 50
    assert track.read(0, RATE // 2 - 500).any() and not track.read(RATE * 51 // 100, RATE * 49 // 50).any()
    assert np.abs(track.read(RATE * 3 // 2 + 500, RATE // 10)).max() > 0.2


def test_the_sound_of_a_film_is_read_too(tmp_path):
    with av.open(str(tmp_path / "film.mp4"), "w") as file:
        video, audio = file.add_stream("libx264", rate=25), file.add_stream("aac", rate=RATE, layout="mono")
        video.width = video.height = 64
        for _ in range(30):
            file.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        sound = av.AudioFrame.from_ndarray(tone(440, 1.2, RATE)[None], format="fltp", layout="mono")
        sound.rate, sound.pts, sound.time_base = RATE, 0, Fraction(1, RATE)
        file.mux([*video.encode(None), *audio.encode(sound), *audio.encode(None)])
    assert pitch(read([tmp_path / "film.mp4"]).tracks[0].read(0, RATE)) == pytest.approx(440, abs=2)


def test_what_is_no_number_is_silence_and_what_is_too_loud_is_cut(tmp_path):
    sound = tone(300)
    sound[:4000], sound[4000:8000] = np.nan, 7.0
    track = read([write(tmp_path / "wild.wav", sound, codec="pcm_f32le")]).tracks[0]
    heard = track.read(0, track.end)
    assert np.isfinite(heard).all() and np.abs(heard).max() <= 1.0


def test_a_blink_of_sound_becomes_a_second(tmp_path):
    assert read([write(tmp_path / "short.wav", tone(300, 0.01))]).duration == RATE


def test_a_file_that_ends_too_early_is_read_as_far_as_it_goes(tmp_path):
    path = write(tmp_path / "torn.flac", tone(300, 3.0), codec="flac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert RATE < read([path]).tracks[0].end < 3 * RATE


def broken(tmp_path):
    def made(name, data):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    silent = tmp_path / "pictures.mp4"
    with av.open(str(silent), "w") as file:
        video = file.add_stream("libx264", rate=25)
        video.width = video.height = 64
        file.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        file.mux(video.encode(None))
    with wave.open(str(tmp_path / "nothing.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
    return {
        "none.wav": (tmp_path / "none.wav", "no recording '.*none.wav'"),
        "a folder": (tmp_path, "no recording '.*'; expected a file"),
        "empty.wav": (made("empty.wav", b""), "is empty, 0 bytes"),
        "text.wav": (made("text.wav", b"Dear diary, today I spoke. " * 40), "cannot read sound from .*text.wav"),
        "nothing.wav": (tmp_path / "nothing.wav", "holds no sound that can be read"),
        "pictures.mp4": (silent, "holds no sound; expected a recording"),
        "six.wav": (write(tmp_path / "six.wav", np.stack([tone(300)] * 6)), "has 6 channels.*ffmpeg -i 'six.wav'"),
    }


@pytest.mark.parametrize(
    "name", ["none.wav", "a folder", "empty.wav", "text.wav", "nothing.wav", "pictures.mp4", "six.wav"]
)
def test_what_is_no_recording_is_told_with_its_name(tmp_path, name):
    path, message = broken(tmp_path)[name]
    with pytest.raises(RecordingError, match=message):
        read([path])


def test_a_recording_that_is_too_long_is_refused_before_memory_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(recordings, "LONGEST", RATE // 2)
    with pytest.raises(RecordingError, match="lasts more than .* hours, which is the most; cut it"):
        read([write(tmp_path / "long.wav", tone(300))])


def test_nobody_and_three_are_not_two(tmp_path):
    path = write(tmp_path / "a.wav", tone(300))
    for paths in ([], [path] * 3):
        with pytest.raises(RecordingError, match=f"{len(paths)} recordings; expected two"):
            read(paths)
