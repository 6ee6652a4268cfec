"""The whole program as a person starts it: the window on a screen in memory, real ears, mind and voice, and a recording in
place of the person."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from spoken import said, write
from watched import display, pixels

from app import theme
from app.layout import arrange, cover
from app.settings import Settings
from dialogue.types import RATE
from render.camera import Shot, placements, view
from render.overlay import PALETTE
from render.scene import look_at, perspective

ROOT = Path(__file__).resolve().parents[1]
PERSONA = 'name = "Ada"\nvoice = "heart"\navatar = "maya"\nmanner = "A warm friend who tells short stories."\n'
SIZE = Settings().size
ENOUGH = 15  # screens of her speaking, 3 s
PICTURE = arrange(SIZE, True).picture
pytestmark = [
    pytest.mark.slow,  # everything is loaded once and a conversation of ten seconds is held: 20 s
    pytest.mark.skipif(shutil.which("Xvfb") is None, reason="no Xvfb: apt-get install xvfb"),
]


def followed(log, folder):
    """(kind of event or None, screen) for each event as it is written, and five times a second in between."""
    with selectors.DefaultSelector() as ready, open(log, "rb", buffering=0) as file:
        ready.register(file, selectors.EVENT_READ)
        rest = b""
        while True:
            if not ready.select(0.2):
                yield None, pixels(folder)
                continue
            if not (new := os.read(file.fileno(), 65536)):
                return
            *lines, rest = (rest + new).split(b"\n")
            for line in lines:
                yield json.loads(line), pixels(folder)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """A question is asked and answered: the events, and the screens while nobody spoke, she listened and she spoke."""
    folder = tmp_path_factory.mktemp("window")
    (folder / "ada.toml").write_text(PERSONA, "utf-8")
    question = said("What do you like to do on a rainy day?", "walter")
    write(folder / "mic.wav", np.append(np.zeros(RATE, np.float32), question), RATE)
    os.mkfifo(folder / "log")
    files = {"mic": "mic.wav", "speaker": "out.wav", "events": "log", "cast": "ada.toml"}
    options = [part for name, file in files.items() for part in (f"--{name}", str(folder / file))]
    with display(folder, SIZE) as name:
        keep = {k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
        keep |= {"DISPLAY": name, "XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "app.cli", "talk", *options]
        program = subprocess.Popen(command, cwd=ROOT, env=keep, stderr=subprocess.PIPE, text=True)
        try:
            events, now, screens = [], "", {"": [], "listening": [], "speaking": []}
            turns = {"start": "listening", "turn": "", "speak": "speaking", "said": "", "end": ""}
            for event, screen in followed(folder / "log", folder):
                if event:
                    events.append(event)
                    now = turns.get(event["kind"], now)
                screens[now].append(screen.astype(int))
                if now == "speaking" and len(screens[now]) == ENOUGH:
                    now = ""
                    program.send_signal(signal.SIGINT)  # as Ctrl-C in the terminal
            assert program.wait(30) == 0, program.stderr.read()
            return events, screens, program.stderr.read()
        finally:
            program.kill()
            program.wait()
            program.stderr.close()


def on_screen(x, y):
    """Where a point beside the middle of her eyes is on the screen, metres to the right and up."""
    seat = placements([None])
    at = cover(PICTURE, (PICTURE.width, PICTURE.height))
    camera = view(Shot("two-shot"), seat, PICTURE.width / PICTURE.height)
    place = np.add(seat[0].position, (x, y, 0.06))  # a face is before its eyes
    across, up, _, w = (
        perspective(camera.fov, at.width / at.height) @ look_at(camera.eye, camera.target) @ [*place, 1.0]
    )
    return round(at.left + (1 + across / w) * at.width / 2), round(at.top + (1 - up / w) * at.height / 2)


def part(screen, left, top, right, bottom):
    (x0, y0), (x1, y1) = on_screen(left, top), on_screen(right, bottom)
    return screen[y0:y1, x0:x1]


def skin(image):
    r, g, b = np.moveaxis(image, -1, 0)
    return ((r > 110) & (r > g + 12) & (g > b) & (r - b > 30)).mean()


def like(image, colour, near=36):
    """Where an image has about that colour."""
    return np.abs(image - np.multiply(theme.rgba(colour)[:3], 255)).max(-1) < near


def light(image):
    """Relative luminance, as WCAG has it."""
    c = np.asarray(image, float) / 255
    return np.where(c <= 0.03928, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)


def test_the_question_is_heard_and_answered_and_the_program_ends_as_asked(seen):
    events, _, complaints = seen
    kinds = [event["kind"] for event in events]
    order = ["start", "voice", "quiet", "turn", "speak", "end"]
    assert [kind for kind in kinds if kind in order] == order and "fault" not in kinds
    assert "rainy day" in events[kinds.index("turn")]["text"].lower()
    assert not complaints


def test_a_face_is_where_it_should_be(seen):
    screen = seen[1]["listening"][-1]
    assert screen.std() > 25 and (screen.max(-1) < 8).mean() < 0.05, "not black"
    assert skin(part(screen, -0.03, -0.01, 0.03, -0.10)) > 0.8, "cheeks, nose and mouth"
    assert skin(part(screen, -0.26, 0.10, -0.18, -0.02)) < 0.1, "a wall beside it"


def test_the_mouth_opens_and_shuts_when_she_speaks_and_rests_while_she_listens(seen):
    def open_(screen):
        """How much of the mouth is teeth or dark: neither lips nor skin."""
        mouth = part(screen, -0.025, -0.05, 0.025, -0.085)
        return (mouth[..., 0] - mouth[..., 2] < 30).mean()

    listening, speaking = ([open_(screen) for screen in seen[1][who]] for who in ("listening", "speaking"))
    assert max(listening) < 0.005 and max(speaking) > 0.02 and min(speaking) < 0.01


def test_what_she_says_is_written_large_and_clear_while_she_says_it(seen):
    low = slice(round(SIZE[1] * 0.8), round(SIZE[1] * 0.98))
    silent, written = (like(seen[1][w][-1][low, : PICTURE.width], PALETTE[1]) for w in ("listening", "speaking"))
    assert not silent.any() and written.sum() > 300
    rows, columns = np.flatnonzero(written.any(1)), np.flatnonzero(written.any(0))
    image = seen[1]["speaking"][-1][low, : PICTURE.width][rows[0] : rows[-1], columns[0] : columns[-1]]
    there = written[rows[0] : rows[-1], columns[0] : columns[-1]]
    ground = np.percentile(light(image[~there]), 40)
    assert (np.median(light(image[there])) + 0.05) / (ground + 0.05) > 4.5, "WCAG AA"
    assert len(rows) > 24, "two lines of letters or more"
    assert abs((columns[0] + columns[-1]) / 2 - PICTURE.width / 2) < 12, "in the middle of the picture"


def test_the_panel_shows_whose_turn_it_is_and_what_was_said(seen):
    speaking, listening = (seen[1][who] for who in ("speaking", "listening"))

    def told(screen, state):
        """How much of a state's colour is where the states of both stand."""
        return like(screen[:150, -110:], theme.of_state(state)).sum()

    assert max(told(screen, "talking") for screen in listening) > 20 and not told(speaking[-1], "talking")
    assert told(speaking[-1], "speaking") > 20 and not told(listening[0], "speaking")
    texts = [(light(s[200:420, PICTURE.width :]) > 0.4).sum() for s in (listening[0], speaking[-1])]
    assert texts[1] > texts[0] + 200, "the question and the answer"
