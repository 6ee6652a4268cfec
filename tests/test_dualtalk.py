"""The published model: its size, its shapes, its loss, what it can learn and what it cannot do."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dialogue.errors import CorpusError
from motion.corpus import FLAME, FRAME_SAMPLES, Clip
from motion.models import dualtalk
from motion.models.dualtalk import AudioEncoder, Config, DualTalk, EncoderConfig, count_parameters

EARS = {
    kind: EncoderConfig(kind, width=32, layers=1, heads=2, feedforward=48, reach=8, position_groups=4)
    for kind in ("wave", "mel")
}


def tiny(ears="mel", channels=57):
    return Config(channels, width=16, heads=2, feedforward=32, interaction_layers=1, encoder=EARS[ears])


def clip(frames=40, seed=0, flame=False, **changed):
    """Two voices; the motion follows each voice's loudness, so that there is something to learn."""
    rng = np.random.default_rng(seed)
    loud = np.abs(np.sin(np.arange(frames)[:, None] * [0.5, 0.3] + seed)).astype(np.float32)
    audio = np.repeat(loud.T, FRAME_SAMPLES, 1) * rng.normal(0, 0.1, (2, frames * FRAME_SAMPLES)).astype(np.float32)
    labels = np.zeros((frames, 2), np.int8)
    arrays = {
        "audio": audio,
        "motion": np.repeat(loud[..., None], 57, 2),
        "roles": labels,
        "true_roles": labels,
        "feelings": labels,
        "intensity": np.zeros((frames, 2), np.float32),
        "phones": None,
        "flame": np.repeat(loud[..., None], FLAME, 2) if flame else None,
        "voices": ("a", "b"),
        "has_motion": (True, True),
        "split": "train",
    }
    return Clip(name="c", **{**arrays, **changed})


@pytest.mark.slow
def test_the_published_sizes_count_to_647_million():
    """Counted: both wav2vec2-large encoders, their frozen convolutions too, and everything behind them. Not counted:
    the 1,024 numbers of wav2vec2's mask, which only its own pre-training uses."""
    with torch.device("meta"):
        model = DualTalk(Config())
    assert count_parameters(model.joint.own) == 315_438_720 - 1024
    assert count_parameters(model.joint.own.ears) == 4_210_176
    assert count_parameters(model) == 647_235_000
    frozen = sum(p.numel() for p in model.parameters() if not p.requires_grad)
    assert frozen == 2 * 4_210_176
    with torch.device("meta"):
        assert count_parameters(DualTalk(Config(encoder=dualtalk.MEL))) < 22_000_000


@pytest.mark.parametrize(("ears", "channels"), [("wave", 56), ("mel", 57), ("mel", 56)])
@pytest.mark.slow
def test_every_weight_that_is_not_frozen_learns(ears, channels):
    torch.manual_seed(0)
    config = tiny(ears, channels)
    model = DualTalk(config)
    views = list(dualtalk.views(clip(flame=True), config))
    b = dualtalk.batch(views, np.random.default_rng(0), frames=20)
    made = model(b.own, b.partner, b.partner_motion)
    assert made.shape == b.motion.shape == (2, 20, channels)
    dualtalk.loss(made, b.motion).backward()
    still = {name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0}
    frozen = {name for name, _ in model.named_parameters() if ".ears." in name}
    assert still == frozen and bool(frozen) == (ears == "wave")


@pytest.mark.slow
def test_it_learns_a_clip_and_not_only_its_mean_face_with_the_published_dropout():
    torch.manual_seed(0)
    config, c = replace(tiny(), width=32, heads=4, feedforward=64), clip()
    model, rng = DualTalk(config), np.random.default_rng(0)
    dualtalk.sharpen(model)
    views = list(dualtalk.views(c, config))
    adam, schedule = dualtalk.optimizer(model)
    assert adam.param_groups[0]["lr"] == 1e-4 and (schedule.step_size, schedule.gamma) == (50, 0.8)
    adam.param_groups[0]["lr"] = 1e-3  # so small a model bears it
    for _ in range(250):
        b = dualtalk.batch(views, rng, frames=24)
        adam.zero_grad()
        dualtalk.loss(model(b.own, b.partner, b.partner_motion), b.motion).backward()
        adam.step()
    made = dualtalk.follow(model, c)
    assert np.corrcoef(made[..., 0].ravel(), c.motion[..., 0].ravel())[0, 1] > 0.8
    assert 0.5 < made.std(0).mean() / c.motion.std(0).mean() < 1.2


def test_the_loss_adds_the_groups_and_the_differences():
    truth = torch.zeros(1, 5, 56)
    off = truth.clone()
    off[..., 50:53] = 0.5
    assert dualtalk.loss(off, truth).item() == pytest.approx(0.25), "a third of 9 channels counts as much as 50"
    moved = truth.clone()
    moved[:, 1::2, 53:] = 1.0  # 2 of 5 frames, and all 4 differences of 3 of 56 channels
    assert dualtalk.loss(moved, truth).item() == pytest.approx(2 / 5 + 3 / 56)
    assert dualtalk.loss(truth, truth).item() == 0.0


@pytest.fixture
def deaf():
    """difference(which, partner_motion) of each frame, when the last quarter of input number `which` is silenced."""
    torch.manual_seed(0)
    model = DualTalk(tiny()).eval()
    a, b = (torch.from_numpy(x)[None] for x in dualtalk.sounds(clip().audio, "mel"))

    def difference(which, partner_motion):
        inputs = [a, b, partner_motion]
        changed = [x.clone() for x in inputs]
        changed[which][:, 30:] = 0.0
        with torch.no_grad():
            return (model(*inputs) - model(*changed)).abs().amax((0, 2))

    return difference


@pytest.mark.parametrize("which", [0, 1, 2])
def test_it_is_not_causal(deaf, which):
    assert (deaf(which, torch.rand(1, 40, 57))[:30] > 0).all(), "the future changes the past"


def test_a_partner_who_does_not_move_is_not_heard(deaf):
    """As published, the partner's voice only asks where to look in the partner's motion."""
    still = torch.zeros(1, 40, 57)
    assert not deaf(1, still).any() and deaf(0, still).any()


def test_a_window_cuts_sound_and_motion_at_the_same_frames():
    frames = 50
    number = np.repeat(np.arange(frames, dtype=np.float32), FRAME_SAMPLES)
    motion = np.tile(np.arange(frames, dtype=np.float32)[:, None], (1, 57))
    view = dualtalk.View(number, number + 100, motion + 100, motion)
    b = dualtalk.batch([view] * 3, np.random.default_rng(4), frames=10)
    assert b.own.shape == (3, 10 * FRAME_SAMPLES) and b.motion.shape == (3, 10, 57)
    assert torch.equal(b.own[:, ::FRAME_SAMPLES], b.motion[..., 0])
    assert torch.equal(b.partner[:, ::FRAME_SAMPLES], b.partner_motion[..., 0])
    assert len(set(b.motion[:, 0, 0].tolist())) > 1, "each view has a window of its own"
    short = dualtalk.View(*(x[:6] for x in (motion, motion, motion, motion)))
    long = dualtalk.View(motion, motion, motion, motion)
    assert dualtalk.batch([long, short], np.random.default_rng(0), frames=10).motion.shape == (2, 6, 57)


def test_each_side_of_a_clip_is_a_view_with_the_other_as_partner():
    c = clip()
    first, second = dualtalk.views(c, tiny())
    assert np.array_equal(first.motion, c.motion[:, 0]) and np.array_equal(first.partner_motion, c.motion[:, 1])
    assert np.array_equal(first.own, second.partner) and np.array_equal(first.partner, second.own)
    waves = dualtalk.sounds(np.stack([c.audio[0] * 5 + 0.1, np.zeros_like(c.audio[0])]), "wave")
    assert waves[0].mean() == pytest.approx(0.0, abs=1e-5) and waves[0].std() == pytest.approx(1.0, abs=1e-4)
    assert not waves[1].any(), "silence stays silence"


def test_clips_that_it_cannot_learn_from_are_left_out_or_refused():
    c = clip()
    assert list(dualtalk.views(clip(has_motion=(True, False)), tiny())) == []
    with pytest.raises(CorpusError, match="no FLAME motion; expected some, or a model of 57"):
        list(dualtalk.views(c, tiny(channels=56)))
    alone = {name: getattr(c, name)[:, :1] for name in ("motion", "roles", "true_roles", "feelings", "intensity")}
    one = clip(audio=c.audio[:1], voices=("a",), has_motion=(True,), **alone)
    with pytest.raises(CorpusError, match="has 1 participants; DualTalk is for 2"):
        list(dualtalk.views(one, tiny()))
    with pytest.raises(ValueError, match="expected one of: wave, mel"):
        EncoderConfig("nose")
    with pytest.raises(ValueError, match="51 channels"):
        Config(51)


def test_beside_the_true_partner_it_performs_both_faces_of_a_clip():
    torch.manual_seed(0)
    model, c = DualTalk(tiny()), clip()
    made = dualtalk.follow(model, c)
    assert made.shape == c.motion.shape
    first = next(iter(dualtalk.views(c, tiny())))
    with torch.no_grad():
        alone = model(*(torch.from_numpy(x)[None] for x in first[:3]))[0]
    assert np.allclose(made[:, 0], alone, atol=1e-5)
    with pytest.raises(CorpusError, match="does not know both faces"):
        dualtalk.follow(model, clip(has_motion=(True, False)))


def test_two_avatars_converse_on_each_others_generated_motion():
    torch.manual_seed(0)
    model = DualTalk(tiny())
    audio = clip().audio
    once, twice = (dualtalk.converse(model, audio, passes) for passes in (1, 2))
    assert once.shape == (40, 2, 57) and np.isfinite(twice).all()
    assert not np.allclose(once, twice), "the second pass sees what the first made"
    assert np.allclose(dualtalk.converse(model, audio[::-1].copy()), twice[:, ::-1], atol=1e-5), "sides are alike"


@pytest.mark.slow
def test_weights_of_a_wav2vec2_checkpoint_find_their_places():
    """Against the transformers package the outputs differed by 6e-8; here only the names, as its files have them."""
    torch.manual_seed(0)
    encoder, d, f = AudioEncoder(EARS["wave"]), 32, 48
    kernels = dualtalk.CONV_KERNELS
    there = {}
    for i, kernel in enumerate(kernels):
        conv = f"wav2vec2.feature_extractor.conv_layers.{i}"
        there |= {f"{conv}.conv.weight": (512, 512 if i else 1, kernel), f"{conv}.conv.bias": (512,)}
        there |= {f"{conv}.layer_norm.weight": (512,), f"{conv}.layer_norm.bias": (512,)}
    sizes = {
        "feature_projection.layer_norm": (512,),
        "feature_projection.projection": (d, 512),
        "encoder.layer_norm": (d,),
        "encoder.layers.0.layer_norm": (d,),
        "encoder.layers.0.final_layer_norm": (d,),
        "encoder.layers.0.feed_forward.intermediate_dense": (f, d),
        "encoder.layers.0.feed_forward.output_dense": (d, f),
        **{f"encoder.layers.0.attention.{x}_proj": (d, d) for x in ("q", "k", "v", "out")},
    }
    for name, size in sizes.items():
        there |= {f"wav2vec2.{name}.weight": size, f"wav2vec2.{name}.bias": size[:1]}
    position = "wav2vec2.encoder.pos_conv_embed.conv"
    there |= {f"{position}.weight_g": (1, 1, 8), f"{position}.weight_v": (d, d // 4, 8), f"{position}.bias": (d,)}
    weights = {name: torch.randn(size) for name, size in there.items()} | {"lm_head.bias": torch.zeros(32)}
    dualtalk.load_wav2vec2(encoder, weights)
    ours = encoder.state_dict()
    assert sum(w.numel() for w in ours.values()) == sum(w.numel() for w in weights.values()) - 32
    attention = weights["wav2vec2.encoder.layers.0.attention.k_proj.weight"]
    assert torch.equal(ours["transformer.layers.0.self_attn.in_proj_weight"][d : 2 * d], attention)
    assert torch.equal(ours["ears.convs.3.weight"], weights["wav2vec2.feature_extractor.conv_layers.3.conv.weight"])
    with pytest.raises(ValueError, match=r"'feature_projection.layer_norm.weight'.*large, lv60 kind"):
        dualtalk.load_wav2vec2(encoder, {k: w for k, w in weights.items() if "projection.layer_norm" not in k})
    with pytest.raises(ValueError, match=r"gives \[7\]; this encoder expects \[32\]"):
        dualtalk.load_wav2vec2(encoder, weights | {"wav2vec2.encoder.layer_norm.bias": torch.zeros(7)})
