"""Pictures get cheaper quickly and finer slowly, and settle."""

import pytest

from app import pace
from app.pace import LEVELS, Pace, adapt


def run(start, cost, seconds):
    """The paces of some seconds in which a picture at level k takes cost(k) seconds."""
    out, passed = [start], 0.0
    while passed < seconds:
        now = out[-1]
        step = max(cost(now.level), 1 / now.now.fps)
        out.append(adapt(now, cost(now.level), step))
        passed += step
    return out


def changes(paces):
    return sum(a.level != b.level for a, b in zip(paces, paces[1:]))


def test_half_a_second_of_slow_pictures_is_one_step_down():
    paces = run(Pace(1), lambda level: 0.030, 1.1)
    before = next(k for k, p in enumerate(paces) if p.level == 2)
    assert 0.5 <= (before - pace.SETTLE) * 0.030 < 0.6


def test_one_slow_picture_changes_nothing():
    start = run(Pace(1), lambda level: 0.004, 1.0)[-1]
    assert adapt(start, 0.050, 0.050).level == adapt(start, 30.0, 30.0).level == 1


def test_a_fast_machine_rises_to_the_finest_and_stays():
    paces = run(Pace(5), lambda level: 0.002, 120.0)
    assert paces[-1].level == 0 and changes(paces) == 5


def test_a_slow_machine_ends_at_the_cheapest_and_stays():
    paces = run(Pace(1), lambda level: 0.2, 60.0)
    assert paces[-1].level == len(LEVELS) - 1 and changes(paces) == len(LEVELS) - 2


def test_a_level_that_fits_is_kept():
    assert changes(run(Pace(4), lambda level: 0.6 / LEVELS[level].fps, 300.0)) == 0


def test_attempts_that_fail_grow_rare():
    def cost(level):  # level 3 is easy, level 2 too slow: the worst case for a hysteresis
        return 0.3 / 60 if level >= 3 else 0.9 / 60

    paces = run(Pace(3), cost, 1200.0)
    late = paces[len(paces) // 2 :]
    assert changes(paces) <= 20 and changes(late) <= 6
    assert paces[-1].patience_s == pace.MOST_PATIENT_S or paces[-1].patience_s > 100


@pytest.mark.parametrize("renderer", ["llvmpipe (LLVM 15)", "Google SwiftShader", "Microsoft Basic Render Driver"])
def test_software_begins_small(renderer):
    assert pace.first(renderer).now.rows == 540
    assert pace.first("NVIDIA GeForce").now.fps == 60


def test_what_a_person_chose_is_taken():
    assert [pace.first("llvmpipe", q).now.quality for q in ("high", "standard", "draft")] == [
        "high",
        "standard",
        "draft",
    ]
