"""Keys of servers: found where people keep them, and seen nowhere else. The keyring is the real library, with a place
in memory."""

import asyncio
import logging
import sys
import threading
import time

import pytest
from minds import faulty

from agents import api_keys
from app import cli
from dialogue.errors import EngineError

keyring = pytest.importorskip("keyring")

KEY = "Canary.key/42+x="  # of no known shape: nothing but the key itself tells that it is one
SHAPED = "sk-canary-abcdef1234567890"


class InMemory(keyring.backend.KeyringBackend):
    """A place for keys that lasts as long as a test."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept, self.locked, self.asked_in = {}, None, []

    def get_password(self, service, username):
        self.asked_in.append(threading.current_thread().name)
        if self.locked:
            self.locked.wait(10)
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


@pytest.fixture
def ring(monkeypatch):
    for name in ("OPENAI_API_KEY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    before, ours = keyring.get_keyring(), InMemory()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


@pytest.fixture
def no_ring(ring):
    from keyring.backends.fail import Keyring

    keyring.set_keyring(Keyring())


def typed(monkeypatch, *lines):
    rest = iter(lines)
    members = {"readline": lambda self: next(rest), "isatty": lambda self: False}
    monkeypatch.setattr(sys, "stdin", type("Lines", (), members)())


def find(name="OPENAI_API_KEY"):
    found = asyncio.run(api_keys.find_soon(name))
    assert api_keys.find(name) == found
    return found


def test_the_environment_goes_before_the_keyring(ring, monkeypatch):
    assert find() is None and api_keys.where("OPENAI_API_KEY") == ""
    api_keys.keep("OPENAI_API_KEY", KEY)
    assert find() == KEY and api_keys.where("OPENAI_API_KEY") == "keyring"
    monkeypatch.setenv("OPENAI_API_KEY", " other ")
    assert find() == "other" and api_keys.where("OPENAI_API_KEY") == "environment OPENAI_API_KEY"


def test_a_key_is_kept_and_removed_at_the_command_line_without_being_shown(ring, monkeypatch, capsys):
    typed(monkeypatch, f"{KEY}\n")
    assert cli.main(["config", "key", "set", "openai"]) == 0
    assert ring.kept == {("duologue", "OPENAI_API_KEY"): KEY}
    assert cli.main(["config", "show", "--llm", "openai"]) == 0
    assert cli.main(["config", "key", "remove", "openai"]) == 0 and ring.kept == {}
    assert cli.main(["config", "key", "remove", "openai"]) == 0
    out, err = capsys.readouterr()
    assert KEY not in out + err and "llm.key = ***" in out and "keyring\n" in out and "the keyring had no" in out


@pytest.mark.parametrize("wrong", ["\n", "two words\n", "x" * 1001 + "\n", "schlüssel\n"])
def test_what_can_be_no_key_is_refused_and_not_repeated(ring, monkeypatch, capsys, wrong):
    typed(monkeypatch, wrong)
    assert cli.main(["config", "key", "set", "openai"]) == 1
    told = capsys.readouterr().err
    assert "that is no key" in told and (not wrong.strip() or wrong.strip() not in told) and ring.kept == {}


UNSHAPED = "a1B2c3D4e5F6a7B8c9D0e1F2"  # letters and digits alone, as those of a name


@pytest.mark.parametrize("key", [SHAPED, KEY, UNSHAPED, "my key"])
@pytest.mark.parametrize("verb", ["set", "remove"])
def test_what_stands_in_place_of_the_name_of_a_key_is_not_repeated(ring, capsys, key, verb):
    assert cli.main(["config", "key", verb, "openai", key]) == 1
    assert key not in (told := capsys.readouterr().err) and "too many words" in told
    assert cli.main(["config", "key", verb, key]) == 1
    out, err = capsys.readouterr()
    assert key not in out + err and err.count("\n") == 1
    assert "expected openai, ollama, or the name of an environment variable, such as OPENAI_API_KEY" in err


@pytest.mark.parametrize("key", [SHAPED, KEY, UNSHAPED])
def test_a_key_in_place_of_its_name_in_the_settings_is_not_repeated(tmp_path, capsys, key):
    file = tmp_path / "config.toml"
    file.write_text(f'[llm]\nengine = "openai"\nkey_name = "{key}"\n', "utf-8")
    assert cli.main(["config", "check", str(file)]) == 1
    assert cli.main(["config", "show", "--set", f"llm.key_name={key}"]) == 1
    out, err = capsys.readouterr()
    assert key not in out + err and f"{file}:3: llm.key_name " in err and "--set llm.key_name: llm.key_name" in err


def test_without_a_keyring_the_environment_is_told_and_no_key_is_asked_for(no_ring, monkeypatch, capsys):
    typed(monkeypatch)  # to read a line would fail
    assert find() is None
    assert cli.main(["config", "key", "set", "openai"]) == 1
    told = capsys.readouterr().err
    assert "no keyring" in told and "environment instead: OPENAI_API_KEY" in told


def test_without_the_package_everything_but_keeping_works(ring, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "keyring", None)
    typed(monkeypatch)
    assert find() is None
    assert cli.main(["config", "key", "set", "openai"]) == 1
    assert (
        "keeping keys needs keyring, which is not installed; in Duologue's folder run: make live, or"
        in capsys.readouterr().err
    )
    assert cli.main(["config", "show", "--llm", "openai"]) == 0
    assert "none: no OPENAI_API_KEY in environment or keyring" in capsys.readouterr().out


def test_a_locked_keyring_stops_neither_the_loop_nor_the_program_for_ever(ring, monkeypatch):
    ring.locked = threading.Event()
    monkeypatch.setattr(api_keys, "UNLOCK_S", 0.2)

    async def both():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.01)

        ticking = asyncio.create_task(tick())
        try:
            with pytest.raises(EngineError, match="did not answer within 0.2 s; unlock it"):
                await api_keys.find_soon("OPENAI_API_KEY")
        finally:
            ticking.cancel()
        return ticks

    start = time.perf_counter()
    with pytest.raises(EngineError, match="did not answer"):
        api_keys.find("OPENAI_API_KEY")
    assert asyncio.run(both()) > 3 and time.perf_counter() - start < 5
    ring.locked.set()
    assert ring.asked_in == ["keyring"]


def test_a_keyring_is_asked_once_for_each_name_however_many_want_the_key(ring):
    ring.kept["duologue", "OPENAI_API_KEY"] = KEY
    ring.locked = threading.Event()

    async def all_at_once():
        asking = [asyncio.create_task(api_keys.find_soon("OPENAI_API_KEY")) for _ in range(3)]
        await asyncio.sleep(0)
        asking[0].cancel()  # who gives up takes it from nobody
        ring.locked.set()
        return await asyncio.gather(*asking, return_exceptions=True)

    gone, *found = asyncio.run(all_at_once())
    assert isinstance(gone, asyncio.CancelledError) and found == [KEY, KEY]
    assert api_keys.find("OPENAI_API_KEY") == KEY and len(ring.asked_in) == 1
    assert [api_keys.find("MY_KEY"), api_keys.find("MY_KEY")] == [None, None] and len(ring.asked_in) == 2
    api_keys.keep("MY_KEY", "other")
    assert api_keys.find("MY_KEY") == "other"
    assert api_keys.remove("MY_KEY") and api_keys.find("MY_KEY") is None


@pytest.mark.slow
@pytest.mark.parametrize("place", ["environment", "keyring"])
def test_a_conversation_with_every_fault_writes_the_key_nowhere(place, ring, monkeypatch, capfd, caplog, tmp_path):
    """A server that repeats the key in its errors, the log at its most talkative, and all that is written searched."""
    pytest.importorskip("openai")
    caplog.set_level(logging.DEBUG)
    monkeypatch.chdir(tmp_path)
    if place == "keyring":
        ring.kept["duologue", "OPENAI_API_KEY"] = KEY
    else:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
    faults = ("401", "404", "garbage", "html", "cut")
    with faulty() as server:
        own = ["--llm", "openai", "--llm-url", f"{server.url}/v1", "--llm-model", "tiny-chat"]
        server.plan.append("401")
        assert cli.main(["talk", "--text", *own]) == 1
        server.plan.extend(["", *faults])
        typed(monkeypatch, *("Tell me more.\n" for _ in faults), "\n")
        assert cli.main(["talk", "--text", "--events", "log.jsonl", *own]) == 0
        sent = [headers.get("Authorization", headers.get("authorization")) for _, headers, _ in server.seen]
        assert cli.main(["config", "show", "--json", *own]) == 0
    assert f"Bearer {KEY}" in sent, "the key never reached the server"
    out, err = capfd.readouterr()
    written = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file())
    assert "the key was refused (401)" in err and '"fault"' in written
    for told in (out, err, written, caplog.text, repr([vars(record) for record in caplog.records])):
        assert KEY not in told and KEY[3:] not in told
