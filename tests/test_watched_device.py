"""A microphone or a loudspeaker that goes away is noticed, waited for and taken again; one that stalls is left alone."""

import numpy as np
import pytest

from app.audio import SLOW_S
from app.echo import BLOCK
from app.watched import AGAIN_S, GONE_S, Watched
from dialogue.errors import DeviceError
from dialogue.types import RATE

STEP_S = BLOCK / RATE


class Device:
    """A sound card with a clock of its own. `mic` and `speaker` tell whether they work; unplugged it cannot start."""

    deaf, occupied = "", False

    def __init__(self):
        self.now, self.mic, self.speaker, self.plugged, self.starts, self._last = 0.0, True, True, True, [], 0.0

    @property
    def silent_s(self):
        return self.now - self._last

    def block(self, timeout_s=0.1):
        self.now += STEP_S if self.speaker else timeout_s
        self._last = self.now if self.mic else self._last
        return (np.zeros(BLOCK, np.float32), np.zeros(BLOCK, np.float32)) if self.speaker else None

    def stop(self):
        pass

    def start(self):
        if not self.plugged:
            raise DeviceError("there is no loudspeaker here")
        self.starts.append(self.now)
        self._last = self.now


class Shown:
    device = ""


@pytest.fixture
def watched():
    device, shown, played = Device(), Shown(), []
    play = lambda n: played.append(n) or np.zeros(n, np.float32)  # noqa: E731
    one = Watched(device, shown, play, lambda: device.now, lambda: device.occupied)

    def pass_(seconds):
        end = device.now + seconds
        while device.now < end:
            assert one.block() is not None

    return device, shown, played, pass_


def test_an_unplugged_microphone_is_told_within_a_second_and_taken_again_when_it_is_back(watched):
    device, shown, _, pass_ = watched
    pass_(1.0)
    device.mic = False
    pass_(0.95)
    assert shown.device.startswith("the microphone is gone") and not device.starts
    pass_(AGAIN_S)
    assert len(device.starts) == 1
    device.mic = True
    pass_(0.1)
    assert shown.device == ""


def test_a_machine_that_stalls_for_half_a_second_loses_nothing(watched):
    device, shown, played, pass_ = watched
    pass_(1.0)
    device.mic = False
    pass_(GONE_S - 0.1)
    device.mic = True
    pass_(3 * AGAIN_S)
    assert not device.starts and not played and not shown.device


def test_time_passes_without_a_loudspeaker_and_it_is_looked_for_again_and_again(watched):
    device, shown, played, pass_ = watched
    pass_(1.0)
    device.speaker = device.mic = device.plugged = False
    pass_(1.0)
    assert "gone" in shown.device and played
    before = len(played)
    pass_(1.0)
    assert len(played) - before == pytest.approx(1.0 / STEP_S, abs=2)
    device.plugged = device.speaker = device.mic = True
    pass_(2 * AGAIN_S)
    assert shown.device == "" and len(device.starts) <= 1


def test_a_device_that_was_opened_anew_has_time_to_begin(watched):
    device, _, _, pass_ = watched
    pass_(1.0)
    device.speaker = False
    pass_(GONE_S + AGAIN_S + 2 * SLOW_S)
    assert 2 <= len(device.starts) <= 3
    assert all(b - a > SLOW_S for a, b in zip(device.starts, device.starts[1:]))


def test_nobody_looks_for_a_microphone_while_somebody_speaks(watched):
    device, _, _, pass_ = watched
    device.occupied = True
    device.mic = False
    pass_(4 * AGAIN_S)
    assert not device.starts
    device.occupied = False
    pass_(0.1)
    assert len(device.starts) == 1
