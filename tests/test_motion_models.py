"""Motion models are found by the name of their file, and every one of them performs."""

import numpy as np
import pytest

from dialogue.errors import EngineError
from dialogue.types import Cue, Feeling, Hop, Role
from motion import models
from motion.acting import STYLES
from motion.frame import HOP


def test_the_models_are_the_files_that_export_one():
    assert models.names() == ("dual_stream", "procedural") and models.DEFAULT in models.names()


def test_an_unknown_model_is_an_error_with_a_suggestion():
    with pytest.raises(EngineError, match="no motion model named 'dual_steam'; did you mean 'dual_stream'"):
        models.load("dual_steam")


@pytest.mark.parametrize("name", models.names())
def test_every_model_performs_two_people_with_styles_and_gives_a_row_of_frames_a_hop(name):
    model = models.load(name, [STYLES["lively"]])
    state, rows = model.init_state(2, 3), []
    for i in range(model.lookahead + 10):
        cues = ((Cue("nod", i * HOP),), ()) if i == 5 else ()
        sound = np.full((2, HOP), 0.01, np.float32)
        hop = Hop(i * HOP, sound, (Role.SPEAKING, Role.LISTENING), (Feeling(),) * 2, cues=cues)
        frames, state = model.step(hop, state)
        rows += [frames] if frames else []
    assert [f.start for row in rows for f in row] == [i * HOP for i in range(10) for _ in range(2)]
    assert all(0.0 <= f.weights.min() and f.weights.max() <= 1.0 for row in rows for f in row)
