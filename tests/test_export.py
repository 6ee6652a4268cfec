"""Motion as CSV for other programs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dialogue.errors import OutputError
from dialogue.types import RATE
from motion.export import COLUMNS, RATES, frame_rate, position, read, timecode, write
from motion.frame import HOP, MotionFrame


def frames(count: int) -> list[MotionFrame]:
    rng = np.random.default_rng(4)
    return [
        MotionFrame(
            i * HOP,
            rng.uniform(0, 1, 52).astype(np.float32),
            rng.normal(0, 0.2, 3).astype(np.float32),
            rng.normal(0, 0.2, 2).astype(np.float32),
        )
        for i in range(count)
    ]


def test_the_header_is_the_one_of_live_link_face(tmp_path: Path):
    write(tmp_path / "a.csv", frames(1))
    header, line = (tmp_path / "a.csv").read_text().splitlines()
    names = header.split(",")
    assert len(names) == 63 and names[:4] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft", "EyeLookDownLeft"]
    assert names[53:] == [
        "TongueOut",
        "HeadYaw",
        "HeadPitch",
        "HeadRoll",
        "LeftEyeYaw",
        "LeftEyePitch",
        "LeftEyeRoll",
        "RightEyeYaw",
        "RightEyePitch",
        "RightEyeRoll",
    ]
    assert line.split(",")[:2] == ["00:00:00:00.000", "61"]


def test_what_is_written_is_read_back(tmp_path: Path):
    made = frames(60)
    write(tmp_path / "a.csv", made)
    back = read(tmp_path / "a.csv").frames()
    assert [f.start for f in back] == [f.start for f in made]
    for a, b in zip(made, back):
        assert (
            np.allclose(a.weights, b.weights, atol=1e-5)
            and np.allclose(a.head, b.head, atol=1e-5)
            and np.allclose(a.gaze, b.gaze, atol=1e-5)
        )


def test_a_timecode_counts_frames_within_the_second():
    assert timecode(3661 * RATE + 24 * HOP) == "01:01:01:24.000"
    assert timecode(RATE + HOP + HOP // 2) == "00:00:01:01.500"
    assert timecode(59 * RATE + 2000, fps=24) == "00:00:59:01.000"
    assert position(timecode(7 * RATE + 5 * HOP)) == 7 * RATE + 5 * HOP


def test_a_file_of_the_app_without_angles_and_in_another_order_is_read(tmp_path: Path):
    names = list(COLUMNS[:2]) + list(COLUMNS[2:54])[::-1]
    (tmp_path / "a.csv").write_text(
        ",".join(names) + "\n00:00:01:00.000,52," + ",".join(str(i / 100) for i in range(52)) + "\n"
    )
    recording = read(tmp_path / "a.csv")
    assert recording.starts[0] == RATE and recording.weights[0, 0] == pytest.approx(0.51) and not recording.head.any()


def test_a_missing_column_is_named(tmp_path: Path):
    (tmp_path / "a.csv").write_text(",".join(c for c in COLUMNS if c != "JawOpen") + "\n")
    with pytest.raises(ValueError, match="'jawopen'"):
        read(tmp_path / "a.csv")


def test_a_broken_line_is_refused(tmp_path: Path):
    (tmp_path / "a.csv").write_text(",".join(COLUMNS) + "\n00:00:00:00.000,61,none" + ",0" * 60 + "\n")
    with pytest.raises(ValueError, match="a.csv:2: .*expected a timecode and 62 numbers"):
        read(tmp_path / "a.csv")


def test_lines_that_are_too_short_or_no_finite_numbers_are_refused_with_their_line(tmp_path: Path):
    whole = "00:00:00:00.000,61" + ",0" * 61
    for line in ("00:00:00:01.000,61,0", "", "00:00:00:01.000,nan" + ",0" * 61, whole + ",0", "1,61" + ",0" * 61):
        (tmp_path / "a.csv").write_text("\n".join((",".join(COLUMNS), whole, "", line or "0", whole)) + "\n")
        with pytest.raises(ValueError, match="a.csv:4: "):
            read(tmp_path / "a.csv")


def test_columns_may_come_in_any_order_even_the_timecode(tmp_path: Path):
    write(tmp_path / "a.csv", frames(3))
    turned = [",".join(line.split(",")[::-1]) for line in (tmp_path / "a.csv").read_text().splitlines()]
    (tmp_path / "b.csv").write_text("\n".join(turned) + "\n")
    a, b = (read(tmp_path / name) for name in ("a.csv", "b.csv"))
    assert all(np.array_equal(getattr(a, n), getattr(b, n)) for n in ("starts", "weights", "head", "gaze"))


def test_a_timecode_that_is_none_is_refused():
    for code in ("12.5", "00:00:00:inf", "00:00:00:nan", ""):
        with pytest.raises(ValueError, match="expected HH:MM:SS:FF"):
            position(code)


def test_a_folder_that_does_not_exist_is_an_output_error(tmp_path: Path):
    with pytest.raises(OutputError, match="cannot write"):
        write(tmp_path / "none" / "a.csv", frames(1))


@pytest.mark.parametrize("fps", RATES)
def test_the_rate_of_a_take_is_found_in_its_timecodes(tmp_path: Path, fps):
    made = [replace(f, start=i * RATE // fps) for i, f in enumerate(frames(2 * fps))]
    write(tmp_path / "a.csv", made, fps)
    assert [f.start for f in read(tmp_path / "a.csv").frames()] == [f.start for f in made]


def test_a_take_that_lost_frames_keeps_its_rate_and_one_of_half_a_second_is_taken_for_ours():
    codes = [timecode(i * RATE // 60, 60) for i in range(600) if i % 7]
    assert frame_rate(codes) == 60 and frame_rate(codes[:10]) == 25 and frame_rate(["nonsense", ""]) == 25
