"""The baseline's training: seeded, resumable, judged by the validation split alone."""

import pytest
import torch
from test_dualtalk import clip, tiny

from app import cli
from dialogue.errors import CorpusError, ModelFileError, OutputError
from motion import baseline
from motion.baseline import Course, Plan
from motion.corpus import Corpus, Manifest, write_manifest, write_shard
from motion.models import dualtalk

PLAN = Plan(steps=8, batch=4, frames=12, rate=3e-3, check=4)


def corpus(folder, blind=()):
    folder.mkdir()
    shards = []
    for split, seeds in (("train", (1, 2, 3)), ("valid", (4,))):
        changed = {"has_motion": (True, False)} if split in blind else {}
        clips = [clip(seed=seed, split=split, **changed) for seed in seeds]
        shards.append(write_shard(folder / f"{split}.npz", clips))
    write_manifest(folder, Manifest(1, 0.0, {}, tuple(shards), len(shards)))
    return Corpus(folder)


@pytest.mark.slow
def test_a_training_that_was_killed_ends_as_if_it_had_not_been(tmp_path):
    views = [list(dualtalk.views(clip(seed=seed), tiny())) for seed in (1, 2)]
    through = Course(tiny(), PLAN, *views)
    for _ in range(8):
        through.step()
    half = Course(tiny(), PLAN, *views)
    for _ in range(5):
        half.step()
    baseline._keep(tmp_path / "c", {"seed": 1}, half.state())
    torch.rand(7)  # the rest of the world goes on
    again = Course(tiny(), PLAN, *views, baseline._restore(tmp_path / "c", {"seed": 1}))
    for _ in range(3):
        again.step()
    assert through.over and again.over and through.best_loss == again.best_loss
    ours, theirs = through.model.state_dict(), again.model.state_dict()
    assert all(torch.equal(w, theirs[name]) for name, w in ours.items())


@pytest.mark.slow
def test_what_is_trained_is_written_and_performs(tmp_path):
    told = []
    c = corpus(tmp_path / "corpus")
    ended = baseline.train(c, tmp_path / "w", PLAN, tiny(), progress=lambda *x: told.append(x))
    assert (ended.steps, ended.stopped) == (8, False) and ended.best_step in (4, 8)
    assert ("reading train", 3, 3) in told and told[-1] == ("training", 8, 8)
    model = baseline.load(tmp_path / "w")
    assert model.config == tiny() and not model.training
    assert dualtalk.converse(model, clip().audio).shape == (40, 2, 57)
    assert [p.name for p in tmp_path.iterdir() if p.name != "corpus"] == ["w"], "no checkpoint is left"
    with pytest.raises(ModelFileError, match="no checkpoint"):
        baseline.train(c, tmp_path / "w", PLAN, tiny(), resume=True)


@pytest.mark.slow
def test_the_command_trains_it_and_prints_where(tmp_path, capsys):
    corpus(tmp_path / "corpus")
    out = str(tmp_path / "w.safetensors")
    assert cli.main(["train", str(tmp_path / "corpus"), "-o", out, "--baseline", "--steps", "1"]) == 0
    assert capsys.readouterr().out == out + "\n"
    assert baseline.load(tmp_path / "w.safetensors").config == dualtalk.SMALL


@pytest.mark.slow
def test_it_stops_when_the_validation_split_gets_no_better_and_keeps_the_best():
    still = list(dualtalk.views(clip(seed=1), tiny()))
    away = [v._replace(motion=v.motion - 9.0) for v in still]
    course = Course(tiny(), Plan(steps=99, batch=2, frames=12, rate=3e-3, check=1, patience=3), still, away)
    course.best_loss = 1.0  # it was better once; what it learns now leads away
    while not course.over:
        course.step()
    assert (course.done, course.worse, course.best_step) == (3, 3, 0)


@pytest.mark.slow
def test_the_published_loss_rate_and_schedule_are_kept():
    views = list(dualtalk.views(clip(), tiny()))
    course = Course(tiny(), Plan(steps=999, batch=32, frames=4), views, views)
    assert course.plan.rate == 1e-4 and Plan().batch == 32 and Plan().frames == 200
    course.done = 99  # two views are one batch are one epoch: the 100th
    course.step()
    assert course.adam.param_groups[0]["lr"] == pytest.approx(0.8e-4)


def test_a_split_without_two_faces_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="split 'valid' .* has no clip with both faces"):
        baseline.train(corpus(tmp_path / "corpus", blind=("valid",)), tmp_path / "w", PLAN, tiny())


def test_files_of_something_else_are_told(tmp_path):
    c = corpus(tmp_path / "corpus")
    with pytest.raises(ModelFileError, match="no weights of dualtalk in"):
        baseline.load(tmp_path / "none")
    (tmp_path / "x").write_bytes(b"no weights")
    with pytest.raises(ModelFileError, match="holds no weights of dualtalk"):
        baseline.load(tmp_path / "x")
    held = tmp_path / "w.checkpoint"
    held.write_bytes(b"no checkpoint")
    with pytest.raises(OutputError, match="was not finished"):
        baseline.train(c, tmp_path / "w", PLAN, tiny())
    with pytest.raises(ModelFileError, match="is damaged"):
        baseline.train(c, tmp_path / "w", PLAN, tiny(), resume=True)
    baseline._keep(held, {"plan": 1}, {})
    with pytest.raises(ModelFileError, match="its plan is 1; expected"):
        baseline.train(c, tmp_path / "w", PLAN, tiny(), resume=True)
