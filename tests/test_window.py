"""The window itself, on a screen in memory: it opens, shows a face, obeys, and leaves nothing behind."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_conversation import FakeConversation

from app import settings

ROOT = Path(__file__).resolve().parents[1]
needs_xvfb = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="no Xvfb: apt-get install xvfb")
pytestmark = pytest.mark.slow  # a display, a driver and a person's shaders start anew: 10 s


@pytest.fixture
def display():
    """The name of a display of its own."""
    ours, theirs = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[theirs],
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    with os.fdopen(ours) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


def python(*arguments, **environment):
    keep = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    keep |= {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", **environment}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=ROOT, env=keep, capture_output=True, text=True, timeout=240
    )


@needs_xvfb
def test_it_opens_shows_a_face_obeys_and_closes_without_a_trace(display, tmp_path):
    ran = python(ROOT / "tests" / "window_run.py", tmp_path / "picture.png", DISPLAY=display, SDL_VIDEODRIVER="x11")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["skin"] > 0.3, "a face fills the middle"
    assert told["moved"] > 0.3 and told["help"] > 5
    assert 10 < told["panel"] < 60, "the panel is dark, and something stands on it"
    assert 1.6 < told["wide"] < 1.8, "with the panel hidden the picture has the whole window"
    assert [(c["kind"], c["value"]) for c in told["done"]] == [
        ("microphone", "Built-in audio"),  # the one used last time
        ("mute", "on"),
        ("look", "Ada"),  # by key
        ("look", "Ada"),  # by a click on her face
        ("record", "on"),
        ("push-to-talk", "on"),
        ("hold", "on"),
        ("hold", "off"),
        ("type", "mö"),
        ("quit", ""),
    ]
    assert told["open"] is False and told["panel_kept"] is False
    assert told["left"] == told["textures"] == told["buffers"] == [] and told["error"] == "GL_NO_ERROR"
    assert (tmp_path / "picture.png").stat().st_size > 50_000


def test_without_a_display_one_error_says_what_works():
    code = "from app.screen import open_screen; open_screen((640, 480), 'x')"
    ran = python("-c", code, SDL_VIDEODRIVER="x11")
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("render.errors.NoDisplayError: no display")
    assert "duologue talk --headless" in last and "duologue film" in last and ran.stdout == ""


def test_a_missing_package_is_named_with_what_to_install_and_what_works_without():
    code = "import sys, app.screen; sys.modules['OpenGL'] = None; app.screen.open_screen((640, 480), 'x')"
    last = python("-c", code).stderr.splitlines()[-1]
    assert "the window needs PyOpenGL, which is not installed; " in last and "pip install '.[talk]'" in last
    assert "duologue talk --headless" in last and "duologue film" in last


def test_importing_the_window_loads_nothing_heavy():
    heavy = ("pygame", "imgui_bundle", "OpenGL", "torch")
    code = f"import sys, app.window; print([m for m in {heavy} if m in sys.modules])"
    assert python("-c", code).stdout.strip() == "[]"


def test_the_fake_speaks_with_a_moving_mouth():
    conversation = FakeConversation()
    faces = [conversation.faces(conversation.now())[0].weights for _ in range(40)]
    assert max(abs(a - b).max() for a, b in zip(faces, faces[1:])) > 0.05
    assert conversation.status().lines[-1].heard


@needs_xvfb
def test_it_ends_with_the_conversation_and_keeps_the_settings(display, tmp_path):
    code = """
import sys
from dataclasses import replace
from pathlib import Path
from app import window
from fake_conversation import FakeConversation
from render.scene import Seat
class Short(FakeConversation):
    def status(self):
        return replace(super().status(), over=self.at > 10_000)
room = window.Room((Seat(Path("render/avatars/maya.glb")),))
window.run(Short(), room, path=Path(sys.argv[1]))
"""
    path = tmp_path / "window.json"
    path.write_text('{"size": [640, 480], "panel": false}')
    ran = python("-c", code, path, DISPLAY=display, SDL_VIDEODRIVER="x11")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert settings.load(path) == (settings.Settings(size=(640, 480), panel=False), "")
