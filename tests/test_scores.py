"""Each score against an answer known beforehand, and against damage that it must, or cannot by nature, put in order."""

import numpy as np
import pytest
from damaged import frozen, half, jittered, late, talk

from motion import scores
from motion.frame import FPS
from motion.scores import Score, groups

RNG = np.random.default_rng(11)
CLOUD = RNG.normal(size=(400, 3))


def test_fd_of_two_clouds_with_diagonal_covariance_is_the_textbook_sum():
    whitened = (CLOUD - CLOUD.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(CLOUD, rowvar=False))).T
    wide = whitened * [1.0, 2.0, 3.0] + [1.0, 0.0, 2.0]
    assert scores.frechet(whitened, wide) == pytest.approx(1 + 4 + (2 - 1) ** 2 + (3 - 1) ** 2)
    assert scores.frechet(wide, wide) == pytest.approx(0.0, abs=1e-9)
    assert scores.frechet(wide[:, :1], whitened[:, :1]) == pytest.approx(1.0)


def test_fd_of_correlated_clouds_equals_the_matrix_square_root_of_the_released_code():
    from scipy.linalg import sqrtm

    a, b = CLOUD @ RNG.normal(size=(3, 3)), RNG.normal(size=(300, 3)) @ RNG.normal(size=(3, 3)) + 0.3
    sa, sb, apart = np.cov(a, rowvar=False), np.cov(b, rowvar=False), a.mean(0) - b.mean(0)
    expected = apart @ apart + np.trace(sa + sb - 2 * sqrtm(sa @ sb).real)
    assert scores.frechet(a, b) == pytest.approx(expected)


def test_paired_fd_sees_that_the_pair_no_longer_moves_together():
    partner, other = CLOUD[:, :1], CLOUD[:, 1:2] - CLOUD[:, 1:2].mean()
    other = (other - partner * (other * partner).mean() / (partner**2).mean()) / other.std()
    together = partner * (other.std() / partner.std())
    assert scores.frechet(other - other.mean(), together - together.mean()) < 0.01
    assert scores.paired_frechet(other, together, partner) > 0.3
    assert scores.paired_frechet(together, together, partner) == pytest.approx(0.0, abs=1e-6)


def test_paired_fd_of_one_who_only_seems_to_follow_is_the_textbook_sum():
    """Covariances [[1, 1], [1, 1]] and the unit matrix: 2 + 2 - 2 sqrt(2)."""
    white = CLOUD[:, :2] - CLOUD[:, :2].mean(0)
    white = white @ np.linalg.inv(np.linalg.cholesky(np.cov(white, rowvar=False))).T
    partner, stranger = white[:, :1], white[:, 1:]
    assert scores.frechet(stranger, partner) == pytest.approx(0.0, abs=1e-9)
    assert scores.paired_frechet(stranger, partner, partner) == pytest.approx(4.0 - 2.0 * np.sqrt(2.0))
    assert scores.paired_frechet(-partner, partner, partner) == pytest.approx(4.0), (
        "against the partner is twice as far"
    )


def test_sid_is_the_entropy_of_the_truth_over_clusters_of_the_prediction():
    corners = np.array([[0.0, 0.0], [0.0, 9.0], [9.0, 0.0], [9.0, 9.0]])
    prediction = np.repeat(corners, 50, 0) + 0.1 * RNG.normal(size=(200, 2))
    truth = np.repeat(corners, [100, 50, 25, 25], 0)
    assert scores.diversity(prediction, truth, 4) == pytest.approx(1.75, abs=1e-4)
    assert scores.diversity(truth, prediction, 4) == pytest.approx(2.0, abs=1e-4), "the other direction"
    assert scores.diversity(prediction, truth, 4, seed=1) == scores.diversity(prediction, truth, 4, seed=1)


def test_sid_of_a_frozen_face_is_nothing():
    assert scores.diversity(np.ones((100, 3)), CLOUD, 10) == pytest.approx(0.0, abs=1e-5)


def test_sid_believes_noise_that_nobody_can_see():
    truth = talk(turns=4).truth[:, 52:]
    unseen = truth.mean(0) + 1e-6 * RNG.normal(size=truth.shape)
    assert scores.diversity(unseen, truth, 10) > 0.9 * scores.diversity(jittered(truth), truth, 10), "its nature"
    assert scores.spread_ratio(unseen, truth) < 1e-3, "this one tells"


def test_rpcc_is_the_difference_of_correlations_with_the_partner():
    wave = np.sin(np.arange(1000) * 2 * np.pi / 100)[:, None]
    other = np.cos(np.arange(1000) * 2 * np.pi / 100)[:, None]
    assert scores.residual_correlation(wave, wave, other) == pytest.approx(0.0, abs=1e-9)
    assert scores.residual_correlation(other, wave, other) == pytest.approx(1.0)
    assert scores.residual_correlation(-other, wave, other) == pytest.approx(1.0)
    assert scores.residual_correlation(wave + np.sqrt(3) * other, other, other) == pytest.approx(1 - np.sqrt(3) / 2)
    assert scores.residual_correlation(np.ones_like(wave), other, other) == pytest.approx(1.0), "still: r is 0"


def test_squared_error_and_deviations_are_as_defined():
    assert scores.squared_error(CLOUD + 0.5, CLOUD) == pytest.approx(0.25)
    assert scores.stillness(half(CLOUD), CLOUD) == pytest.approx(0.5 * CLOUD.std(0).mean())
    assert scores.stillness(CLOUD * 2, CLOUD) < 0, "livelier than the truth is negative"
    assert scores.spread_ratio(CLOUD * 1.2, CLOUD) == pytest.approx(1.2)
    assert scores.spread_ratio(CLOUD, np.zeros((400, 3))) is None


def test_the_spectrum_error_is_the_share_of_amplitude_that_is_missing():
    assert scores.spectrum_error(half(CLOUD), CLOUD) == pytest.approx(0.5)
    assert scores.spectrum_error(CLOUD * 0, CLOUD) == pytest.approx(1.0)
    assert scores.spectrum_error(CLOUD * 1.3, CLOUD) == pytest.approx(0.3)
    assert scores.band_error_db(half(CLOUD), CLOUD) == pytest.approx([20 * np.log10(0.5)] * 4)
    assert scores.spectrum_error(CLOUD[:20], CLOUD[:20]) is None
    assert scores.band_error_db(CLOUD[:20], CLOUD[:20]) is None
    assert scores.spectrum_error(CLOUD, np.zeros((400, 3))) is None


def test_the_spectrum_has_its_power_where_the_motion_is():
    wave = np.sin(2 * np.pi * 3.0 * np.arange(1000) / FPS)[:, None]
    hz, power = scores.velocity_spectrum(wave)
    assert hz[power[:, 0].argmax()] == pytest.approx(3.0)
    sway, gestures, nods, jitter = scores.band_error_db(0.1 * wave, wave)
    assert nods == pytest.approx(-20.0)


def test_the_groups_share_all_channels_out():
    for channels, sizes in ((57, (51, 1, 5)), (56, (50, 3, 3))):
        parts = groups(channels)
        assert tuple(p.name for p in parts) == ("exp", "jaw", "head")
        assert tuple(len(p.channels) for p in parts) == sizes
        assert sorted(c for p in parts for c in p.channels) == list(range(channels))
        assert tuple(p.clusters for p in parts) == (40, 10, 10)
        assert all(set(p.moving) <= set(p.channels) for p in parts)
    with pytest.raises(ValueError, match="51 channels; expected 57"):
        groups(51)


def test_the_table_scales_as_the_paper_does():
    t = talk(turns=4)
    worse = jittered(t.truth)
    for part in groups(57):
        table = {s.name: s.value for s in scores.scores(worse, t.truth, t.partner) if s.group == part.name}
        c = list(part.channels)
        fd, mse, rpcc = {"exp": (1, 10, 100), "jaw": (1000, 1000, 10), "head": (100, 100, 10)}[part.name]
        a, b, other = worse[:, c], t.truth[:, c], t.partner[:, c]
        assert table["fd"] == pytest.approx(fd * scores.frechet(a, b))
        assert table["pfd"] == pytest.approx(fd * scores.paired_frechet(a, b, other))
        assert table["mse"] == pytest.approx(mse * scores.squared_error(a, b))
        assert table["rpcc"] == pytest.approx(rpcc * scores.residual_correlation(a, b, other))
        assert table["sid"] == scores.diversity(a, b, part.clusters)


@pytest.fixture(scope="module")
def table():
    """score(damage, name, group="exp", when="all"), of a conversation and damaged copies of it."""
    t = talk()
    listening = ~t.speaking
    made = {
        "near": jittered(t.truth),
        "40 ms": late(t.truth, 1),
        "80 ms": late(t.truth, 2),
        "160 ms": late(t.truth, 4),
        "listener frozen": frozen(t.truth, listening),
        "all frozen": np.tile(t.truth.mean(0), (len(t.truth), 1)),
        "swapped": t.partner,
        "half": half(t.truth),
        "lively, mean off": t.truth + 0.06,
    }
    roles = {"speaking": t.speaking, "listening": listening}
    found = {
        (damage, s.name, s.group, s.when): s.value
        for damage, prediction in made.items()
        for s in scores.scores(prediction, t.truth, t.partner, roles)
    }
    return lambda damage, name, group="exp", when="all": found[damage, name, group, when]


def rises(table, name, *damages, **where):
    values = [table(damage, name, **where) for damage in damages]
    assert values == sorted(values) and len(set(values)) == len(values), dict(zip(damages, values))


@pytest.mark.parametrize("group", ["exp", "jaw", "head"])
@pytest.mark.slow
def test_mse_orders_every_damage_and_prefers_a_frozen_face_to_a_late_one(table, group):
    rises(table, "mse", "near", "40 ms", "80 ms", "160 ms", "swapped", group=group)
    rises(table, "mse", "near", "half", "all frozen", "swapped", group=group)
    rises(table, "mse", "near", "listener frozen", group=group, when="listening")
    assert table("listener frozen", "mse", group=group, when="speaking") == 0.0
    if group == "jaw":
        assert table("all frozen", "mse", group=group) < table("160 ms", "mse", group=group), "its nature"


@pytest.mark.parametrize("group", ["exp", "jaw", "head"])
@pytest.mark.slow
def test_fd_orders_amplitude_and_roles_but_knows_no_time_and_rewards_the_mean_face(table, group):
    rises(table, "fd", "near", "half", "all frozen", group=group)
    rises(table, "fd", "near", "listener frozen", group=group, when="listening")
    rises(table, "fd", "listener frozen", "swapped", group=group, when="speaking")
    late_by = [table(d, "fd", group=group) for d in ("40 ms", "80 ms", "160 ms")]
    assert max(late_by) < 0.25 * table("half", "fd", group=group), "a shift leaves the cloud of frames as it is"
    if group != "jaw":
        assert table("all frozen", "fd", group=group) < table("lively, mean off", "fd", group=group), "its nature"


@pytest.mark.slow
def test_paired_fd_also_sees_swapped_roles_where_fd_over_all_frames_is_nearly_blind(table):
    for group in ("exp", "jaw", "head"):
        rises(table, "pfd", "near", "half", "all frozen", group=group)
        rises(table, "pfd", "near", "listener frozen", group=group, when="listening")
        shifted = [table(d, "pfd", group=group) for d in ("40 ms", "80 ms", "160 ms")]
        assert max(shifted) < 0.25 * table("half", "pfd", group=group), "its nature: hardly any time either"
        assert table("swapped", "pfd", group=group) > 2 * table("swapped", "fd", group=group)
        assert table("swapped", "pfd", group=group) > table("half", "pfd", group=group)


@pytest.mark.slow
def test_sid_falls_for_what_stands_still_and_does_not_see_a_shift(table):
    for group in ("exp", "jaw", "head"):
        rises(table, "sid", "all frozen", "half", "near", group=group)
        rises(table, "sid", "listener frozen", "near", group=group, when="listening")
        for damage in ("40 ms", "80 ms", "160 ms"):  # k-means alone moves it by a tenth
            assert table(damage, "sid", group=group) == pytest.approx(table("near", "sid", group=group), rel=0.12)


@pytest.mark.slow
def test_rpcc_sees_swapped_roles_above_all_and_hardly_a_shift_or_amplitude(table):
    for group in ("exp", "jaw", "head"):
        rises(table, "rpcc", "near", "swapped", group=group)
        for damage in ("40 ms", "80 ms", "160 ms", "half"):
            assert table(damage, "rpcc", group=group) < 0.25 * table("swapped", "rpcc", group=group)


@pytest.mark.slow
def test_stillness_tells_the_frozen_listener_that_the_speaking_frames_hide(table):
    for group in ("exp", "jaw", "head"):
        rises(table, "stillness", "160 ms", "half", "all frozen", group=group)
        assert table("listener frozen", "stillness", group=group, when="speaking") == pytest.approx(0.0)
        assert table("listener frozen", "spread_ratio", group=group, when="listening") == pytest.approx(0.0)
        assert table("half", "spread_ratio", group=group) == pytest.approx(0.5)
        assert table("160 ms", "spread_ratio", group=group) == pytest.approx(1.0, abs=0.05)
    speaking, listening = (table("swapped", "stillness", group="jaw", when=w) for w in ("speaking", "listening"))
    assert speaking > 0 > listening, "a speaker with a listener's jaw, and the other way round"


@pytest.mark.slow
def test_the_velocity_spectrum_orders_amplitude_by_role_and_does_not_know_time(table):
    for group in ("exp", "jaw", "head"):
        rises(table, "spectrum_error", "160 ms", "half", "all frozen", group=group)
        assert table("half", "spectrum_error", group=group) == pytest.approx(0.5)
        assert table("160 ms", "spectrum_error", group=group) < 0.1
        assert table("listener frozen", "spectrum_error", group=group, when="listening") == pytest.approx(1.0)
        assert table("listener frozen", "spectrum_error", group=group, when="speaking") == pytest.approx(0.0)
    assert table("swapped", "spectrum_error", group="jaw", when="speaking") > 0.5


def test_a_role_of_less_than_two_seconds_has_no_scores():
    t = talk(turns=2)
    barely = np.arange(len(t.truth)) < 2 * FPS - 1
    found = scores.scores(t.truth, t.truth, t.partner, {"speaking": barely})
    assert {s.value for s in found if s.when == "speaking"} == {None}
    names = {when: [(s.name, s.group, s.better) for s in found if s.when == when] for when in ("all", "speaking")}
    assert names["all"] == names["speaking"]


def test_the_mean_is_over_the_clips_that_gave_occasion():
    def clip(value):
        return (Score("fd", "exp", "all", value, "low"), Score("fd", "jaw", "all", None, "low"))

    whole = scores.mean_scores([clip(1.0), clip(None), clip(3.0)])
    assert whole == (Score("fd", "exp", "all", 2.0, "low"), Score("fd", "jaw", "all", None, "low"))


def test_motions_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match="three \\[T, C\\]"):
        scores.scores(np.zeros((9, 57)), np.zeros((9, 56)), np.zeros((9, 57)))
    with pytest.raises(ValueError, match="at least 2"):
        scores.scores(np.zeros((1, 57)), np.zeros((9, 57)), np.zeros((9, 57)))


def test_without_the_partner_only_what_asks_for_it_has_no_value():
    t = talk(turns=2)
    found = scores.scores(jittered(t.truth), t.truth, None, {"speaking": t.speaking})
    assert {s.name for s in found if s.value is None} == {"pfd", "rpcc"}
    beside = scores.scores(jittered(t.truth), t.truth, t.partner, {"speaking": t.speaking})
    assert [s for s in found if s.value is not None] == [s for s in beside if s.name not in ("pfd", "rpcc")]
