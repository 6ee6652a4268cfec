"""The turn machine's figures come from a session of stubs that can fail them."""

import pytest

from app import bench_turns_machine as bench


class WithoutADoor(bench.Stubs):
    """Whatever a reply made is let in, and sounds."""

    def admits(self, turn):
        return True

    def sounds(self, turn):
        return True


def test_no_sample_of_a_cancelled_reply_is_late_behind_the_door_and_many_are_without_it():
    assert sum(bench.late_samples(seed) for seed in range(20)) == 0
    assert sum(bench.late_samples(seed, WithoutADoor) for seed in range(20)) > 0


@pytest.mark.slow
def test_every_turn_of_a_caller_is_answered():
    heard = bench.conversation(30, seed=1)
    assert len(heard.gaps) == 30 and 0 < heard.pauses < 30
