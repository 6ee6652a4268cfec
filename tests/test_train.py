"""Training: it learns, it stops, it goes on after a kill as if nothing had happened."""

from dataclasses import replace

import numpy as np
import pytest
import small_corpus
from small_model import CONFIG

from app import cli
from dialogue.errors import ModelFileError, OutputError
from motion import card
from motion.corpus import PHONES
from motion.lessons import study
from motion.models.dual_stream import Model
from motion.train import Course, Plan, train

TINY = replace(CONFIG, phones=len(PHONES))
PLAN = Plan(steps=7, batch=2, speech=3, hops=60, check=3, keep=2, mirror=3)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return small_corpus.corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def read(corpus):
    return {split: [study(clip) for clip in corpus.clips(split)] for split in ("train", "valid")}


def killed_at(step):
    def progress(stage, done, total):
        if stage == "training" and done == step:
            raise KeyboardInterrupt

    return progress


@pytest.mark.slow
def test_a_training_that_was_killed_ends_with_the_same_bytes_as_one_that_was_not(corpus, tmp_path):
    straight, broken = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    ended = train(corpus, straight, PLAN, TINY)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, broken, PLAN, TINY, progress=killed_at(5))
    assert not broken.exists()
    assert train(corpus, broken, PLAN, TINY, resume=True) == ended
    assert straight.read_bytes() == broken.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.safetensors", "b.safetensors"]


@pytest.mark.slow
def test_the_loss_of_the_validation_split_falls(read):
    course = Course(TINY, replace(PLAN, steps=60, check=20, rate=3e-3), read)
    losses = []
    while not course.over:
        course.step()
        losses += [course.best_loss] if course.checked else []
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.slow
def test_lessons_are_shown_beside_partners_that_the_model_made(read):
    course = Course(TINY, PLAN, read)
    while course.done < 4:
        assert not course.mirrors
        course.step()
    true = {le.name: le for le in read["train"]}
    assert {le.name for le in course.mirrors} == set(true)
    for le in course.mirrors:
        assert not np.array_equal(le.heads, true[le.name].heads)
        assert le.motion is true[le.name].motion  # what it learns to do stays the truth


@pytest.mark.slow
def test_it_stops_when_the_validation_split_gets_no_better(read):
    course = Course(TINY, replace(PLAN, steps=50, check=1, patience=2, rate=0.0), read)
    while not course.over:
        course.step()
    assert (course.done, course.best_step) == (3, 1)


@pytest.mark.slow
def test_the_test_split_is_never_read(tmp_path):
    corpus = small_corpus.corpus(tmp_path)
    for shard in (*corpus.shards("test"), *corpus.shards("unseen")):
        (tmp_path / shard.name).unlink()
    train(corpus, tmp_path / "w.safetensors", replace(PLAN, steps=1), TINY)
    assert (tmp_path / "w.safetensors").exists()


@pytest.mark.slow
def test_what_was_trained_plays_and_its_card_tells_figures_corpus_and_limits(corpus, tmp_path):
    path = tmp_path / "w.safetensors"
    ended = train(corpus, path, PLAN, TINY)
    motion = card.perform(Model(path), next(corpus.clips("test")))
    assert motion.shape == (198, 2, 57) and np.isfinite(motion).all()
    card.write(tmp_path / "w.md", path, corpus, ended, PLAN.seed, "duologue train x -o w.safetensors")
    text = (tmp_path / "w.md").read_text("utf-8")
    assert corpus.hash in text and "## Limits" in text and "duologue train x" in text
    assert all(f"| {name} |" in text for name in ("closure_hit", "fd.head", "mse.jaw", "blinks_ratio"))


def test_events_of_the_truth_are_those_of_the_truth(corpus):
    truth = next(corpus.clips("test")).motion
    made, true = card.happenings(truth, truth)
    assert (made == true).all() and made[0] >= 8


@pytest.mark.slow
def test_checkpoints_of_other_trainings_are_refused(corpus, tmp_path):
    out = tmp_path / "w.safetensors"
    with pytest.raises(ModelFileError, match="leave --resume out"):
        train(corpus, out, PLAN, TINY, resume=True)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, out, PLAN, TINY, progress=killed_at(3))
    with pytest.raises(OutputError, match="was not finished; go on with --resume"):
        train(corpus, out, PLAN, TINY)
    with pytest.raises(ModelFileError, match="is of another training: its plan is"):
        train(corpus, out, replace(PLAN, seed=2), TINY, resume=True)
    (tmp_path / "w.safetensors.checkpoint").write_bytes(b"torn")
    with pytest.raises(ModelFileError, match="is damaged"):
        train(corpus, out, PLAN, TINY, resume=True)


@pytest.mark.slow
def test_the_command_trains_and_writes_weights_and_card(corpus, tmp_path, capsys):
    out = tmp_path / "new" / "w.safetensors"
    assert cli.main(["train", str(corpus.folder), "-o", str(out), "--steps", "1"]) == 0
    told = capsys.readouterr().out
    assert "step 1 valid" in told and str(out) in told
    assert Model(out).config.voice == 192 and "duologue train" in out.with_suffix(".md").read_text("utf-8")


def test_the_command_explains_mistakes(tmp_path, capsys):
    assert cli.main(["train", str(tmp_path), "-o", str(tmp_path / "w.safetensors")]) == 1
    assert "duologue corpus" in capsys.readouterr().err
