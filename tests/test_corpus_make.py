"""Making a corpus: same seed, same bytes, stopped or not; labels are exact, role changes sometimes wrong."""

import numpy as np
import pytest

from agents.tts.fake import Engine as Fake
from app import cli
from app.corpus import HIGHEST_HOURS, Order, boundaries, make, perform, plan, wrong_roles
from dialogue.errors import CorpusError
from motion.corpus import PHONE_INDEX, SPLITS, Corpus
from motion.visemes import lip_opening

TINY = Order(4 / 3600, seed=1, clip_s=(2.0, 3.0), least_s=2.0)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Stopped(Exception):
    """What a kill looks like from inside."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus") / "whole"
    make(folder, TINY)
    return folder


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_processes(whole, tmp_path):
    make(tmp_path / "again", TINY, jobs=2)
    assert contents(tmp_path / "again") == contents(whole)


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(whole, tmp_path):
    folder = tmp_path / "stopped"

    def stop(stage, done, total):
        if done >= 8:
            raise Stopped

    with pytest.raises(Stopped):
        make(folder, TINY, progress=stop)
    assert {"manifest.json", "train-0000.npz"} <= set(contents(folder)) < set(contents(whole))
    with pytest.raises(CorpusError, match="of 4 shards"):
        Corpus(folder)
    (folder / "valid-0000.npz").write_bytes(b"half of it")
    steps = []
    made = make(folder, TINY, progress=lambda *step: steps.append(step))
    assert contents(folder) == contents(whole) and made.hash == Corpus(whole).hash
    assert steps[0][1] > 4 and steps[-1][1] == steps[-1][2]  # what was there counts as done


@pytest.mark.slow
def test_the_clips_of_every_split_are_spoken_by_its_own_voices(whole):
    corpus = Corpus(whole)
    corpus.verify()
    for split in SPLITS:
        own = set(corpus.manifest.voices[split])
        others = {v for s in SPLITS if s != split for v in corpus.manifest.voices[s]}
        heard = {voice for clip in corpus.clips(split) for voice in clip.voices}
        assert heard and heard <= own and not own & others
    assert sum(len(own) for own in corpus.manifest.voices.values()) >= 12


@pytest.mark.slow
def test_labels_fit_the_face_and_the_sound(whole):
    clips = [clip for split in SPLITS for clip in Corpus(whole).clips(split)]
    for clip in clips:
        phones = clip.phones.reshape(clip.frames, 2, 2)
        lips = np.isin(phones, [PHONE_INDEX[s] for s in "pbm"]).all(1)
        assert lip_opening(clip.motion[..., :52])[lips].max(initial=0.0) < 0.02
        assert not phones.any(1)[clip.true_roles != 0].any()  # who does not speak says nothing
        assert clip.name.endswith(("-clean", "-room"))
    assert any((clip.phones > 0).any() for clip in clips)


def test_another_corpus_is_not_mixed_into_the_one_that_is_there(tmp_path):
    (tmp_path / "manifest.json").write_text(
        '{"version": 1, "seed": 5, "hours": 1, "voices": {}, "shards": [], "planned": 9}'
    )
    with pytest.raises(CorpusError, match="holds another corpus"):
        make(tmp_path, TINY)


@pytest.mark.parametrize("hours", [0, -1, float("nan"), HIGHEST_HOURS * 2])
def test_nobody_can_ask_for_hours_that_make_no_sense(tmp_path, capsys, hours):
    assert cli.main(["corpus", str(tmp_path / "out"), "--hours", str(hours)]) == 1
    assert "hours; expected more than 0" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert cli.main(["corpus", str(tmp_path / "file" / "out")]) == 1
    assert "cannot make the folder" in capsys.readouterr().err


def test_a_plan_has_the_hours_that_were_asked_for():
    tasks = plan(Order(2.0))
    hours = {split: sum(sum(t.frames) for t in tasks if t.split == split) / 25 / 3600 for split in SPLITS}
    assert 2.0 <= hours["train"] < 2.03
    assert all(0.16 <= hours[split] < 0.19 for split in SPLITS[1:])
    assert len({t.name for t in tasks}) == len(tasks)


@pytest.mark.slow
def test_the_same_clip_comes_out_whatever_was_made_before():
    first, later = perform(Fake(), "train", 7, 50, seed=3), perform(Fake(), "train", 7, 50, seed=3)
    other = perform(Fake(), "train", 8, 50, seed=3)
    assert np.array_equal(first.audio, later.audio) and np.array_equal(first.motion, later.motion)
    assert not np.array_equal(first.audio, other.audio)


def test_between_10_and_20_percent_of_role_changes_are_told_wrongly():
    rng = np.random.default_rng(0)
    wrong = changes = 0
    for _ in range(60):
        lengths = rng.integers(5, 120, (40, 2))
        roles = np.stack([np.repeat(np.arange(40) % 3, own)[:1500] for own in lengths.T], 1).astype(np.int8)
        told = wrong_roles(roles, rng)
        for p in range(2):
            true = boundaries(roles[:, p])
            changes += len(true)
            wrong += len(set(true) - set(boundaries(told[:, p])))
        assert (told != roles).mean() < 0.1
    assert 0.10 <= wrong / changes <= 0.20
