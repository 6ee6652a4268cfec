"""One GL context for all tests, and a fixture that fails a test which leaves anything on the GPU."""

import gc
import os
from pathlib import Path

import pytest


def dropped(gl) -> list:
    """GL objects that were garbage collected without release(), oldest first; the list is emptied."""
    gc.collect()
    things = [
        thing for thing in gl.objects if type(thing).__name__ != "InvalidObject"
    ]  # moderngl's mark of what was released
    gl.objects.clear()
    return things


@pytest.fixture(scope="session", autouse=True)
def nobodys_settings(tmp_path_factory):
    """What whoever runs the tests has chosen for themselves is none of their business."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DUOLOGUE_") and "__" in name]:
            patch.delenv(name)
        proxies = [f"{kind}_proxy" for kind in ("http", "https", "all")]
        for name in ("DUOLOGUE_OFFLINE", "DUOLOGUE_CACHE", "HF_ENDPOINT", *proxies, *map(str.upper, proxies)):
            patch.delenv(name, raising=False)
        patch.setenv("DUOLOGUE_CONFIG", str(tmp_path_factory.mktemp("settings") / "config.toml"))
        (Path(os.environ["DUOLOGUE_CONFIG"])).touch()
        yield


@pytest.fixture(autouse=True)
def nobodys_keyring(monkeypatch):
    """What a keyring answered in one test is forgotten before the next."""
    from agents import api_keys

    monkeypatch.setattr(api_keys, "_answers", {})


@pytest.fixture(scope="session")
def gl():
    """The context itself, for module-scoped scenes; tests take `ctx`."""
    from render import context

    made = context.headless()
    made.gc_mode = "context_gc"  # what is dropped without release() is collected in made.objects
    yield made
    made.gc_mode = None
    made.release()


@pytest.fixture
def ctx(gl):
    """A context that is clean before the test and must be clean after it."""
    dropped(gl)
    yield gl
    leaked = dropped(gl)
    names = [type(thing).__name__ for thing in leaked]
    for thing in leaked:
        thing.release()
    assert not names, f"left on the GPU without release(): {names}"
    assert gl.error == "GL_NO_ERROR"
