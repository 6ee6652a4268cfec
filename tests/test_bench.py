"""Figures are told with their goals, for people and for programs."""

import json

from app import bench
from app.bench import Figure


def told(monkeypatch, capsys, as_json, *figures):
    monkeypatch.setattr(bench, "figures", lambda suite, ask: iter(figures))
    return bench.run(["film"], as_json), capsys.readouterr().out


def test_a_figure_knows_whether_it_meets_its_goal():
    def judged(low, high):
        figure = Figure("f", 2.0, "s", low, high)
        return figure.goal, figure.ok

    assert judged(2.0, None) == (">= 2", True) and judged(2.1, None) == (">= 2.1", False)
    assert judged(None, 2.0) == ("<= 2", True) and judged(None, 1.9) == ("<= 1.9", False)
    assert judged(1.0, 3.0) == ("1..3", True) and judged(3.0, 4.0) == ("3..4", False)
    assert judged(None, None) == ("", None)


def test_programs_get_one_object_and_a_status(monkeypatch, capsys):
    status, out = told(monkeypatch, capsys, True, Figure("speed", 1.23456, "x", low=1.0), Figure("size", 3.0, "MB"))
    assert status == 0 and json.loads(out) == {
        "speed": {"value": 1.235, "unit": "x", "goal": ">= 1", "ok": True},
        "size": {"value": 3.0, "unit": "MB", "goal": "", "ok": None},
    }


def test_people_get_a_table_that_names_what_misses_its_goal(monkeypatch, capsys):
    note = "a note that is as long as the notes of the human table are, with its source [3] and its year"
    status, out = told(
        monkeypatch, capsys, False, Figure("speed", 0.5, "x", low=1.0, note=note), Figure("size", 3.0, "MB")
    )
    row = next(line for line in out.splitlines() if "speed" in line)
    assert status == 1 and "misses" in row and ">= 1" in row and note in row
