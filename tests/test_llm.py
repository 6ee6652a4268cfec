"""What every mind must do, whichever it is; engines are discovered, so a new one is held to it. Each is asked for real:
the local one by its model, the others through servers on loopback."""

import asyncio
import logging
import os
import re
import socket
import stat
import threading
import time
from contextlib import aclosing, closing

import psutil
import pytest
from minds import FAULTS, faulty, llama

from agents import llm, model_format, models
from agents.llm import Message, Options
from agents.llm.http import is_here, name_of_key, refused, said
from agents.llm.local import chatml
from agents.prompt import prompt
from app import virtual
from app.config import load
from app.personas import personas
from dialogue.emotion import Feeling, TagReader
from dialogue.errors import ConfigError, EngineError
from dialogue.types import Emotion

KEY = "Canary.key/42+x="  # of no known shape: nothing but the key itself tells that it is one
(ADA,) = personas(["ada"])
ASKED = (Message("system", "You are Ada, a curious friend. Answer in one sentence."), Message("user", "Hello there!"))
PATIENT = Options(max_tokens=24, first_s=30.0, idle_s=10.0)
HASTY = {  # only where waiting is the fault: a busy machine may well take 0.3 s to refuse
    "stall": Options(max_tokens=24, first_s=0.3, idle_s=10.0),
    "mid_stall": Options(max_tokens=24, first_s=30.0, idle_s=0.3),
}


def absent(name):
    """Why an engine cannot be tried here; None if it can."""
    try:
        if name == "local":
            import xllamacpp  # noqa: F401

            models.find("smollm2-135m")
        elif name != "script":
            __import__(name)
    except (ImportError, models.ModelFileError) as error:
        return str(error)
    return None


@pytest.fixture(scope="module")
def server():
    with faulty() as server:
        yield server


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)


@pytest.fixture
def proxy(monkeypatch):
    """One that is set for everything, and answers nobody."""
    with closing(socket.socket()) as dead:
        dead.bind(("127.0.0.1", 0))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{dead.getsockname()[1]}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield


def made(name, server, **more):
    if reason := absent(name):
        pytest.skip(reason)
    server.plan.clear()
    server.seen.clear()
    server.gone.clear()
    networked = {"openai": {"base_url": f"{server.url}/v1"}, "ollama": {"base_url": server.url}}.get(name, {})
    if networked:
        networked |= {"model": "tiny-chat", "again_s": 0.01}
    return llm.load(name, **networked | more)


async def answer(engine, messages=ASKED, options=PATIENT):
    async with aclosing(engine.stream(messages, options)) as pieces:
        return [piece async for piece in pieces]


def run(engine, work):
    async def whole():
        try:
            return await work(engine)
        finally:
            await engine.close()
            await engine.close()

    return asyncio.run(whole())


@pytest.mark.slow
@pytest.mark.parametrize("name", llm.engines())
def test_every_mind_streams_an_answer_that_begins_with_one_feeling(name, server):
    engine = made(name, server)
    pieces = run(engine, answer)
    reader = TagReader()
    items = [i for piece in pieces for i in reader.feed(piece)] + reader.finish()
    assert len(pieces) > 2 and all(pieces) and isinstance(items[0], Feeling)


@pytest.mark.slow
@pytest.mark.parametrize("name", llm.engines())
def test_every_mind_stops_within_a_tenth_of_a_second_and_can_be_asked_again(name, server):
    engine = made(name, server, **({"lines": ("[happy] One moment, pl<stall>",)} if name == "script" else {}))

    async def work(engine):
        if name in ("openai", "ollama"):
            server.plan.append("mid_stall")
        begun, at = asyncio.Event(), [time.perf_counter()]

        async def read_all():
            async with aclosing(engine.stream(ASKED, Options(max_tokens=400, first_s=30, idle_s=30))) as pieces:
                async for _ in pieces:
                    at.append(time.perf_counter())
                    if len(at) > 3 or name != "local":
                        begun.set()

        task = asyncio.create_task(read_all())
        await begun.wait()
        task.cancel()
        start = time.perf_counter()
        with pytest.raises(asyncio.CancelledError):
            await task
        took_s = time.perf_counter() - start
        if name == "local":  # a token that is being computed is the last one; a busy machine may take 0.1 s for each
            await asyncio.wrap_future(engine._thread.submit(int))
            assert time.perf_counter() - start < max(0.1, 3 * max(b - a for a, b in zip(at[1:], at[2:])))
        if name in ("openai", "ollama"):
            assert await asyncio.to_thread(server.gone.wait, 1.0), "the connection is still open"
        again = await answer(engine) if name != "script" else ["x"]
        return took_s, again, len(asyncio.all_tasks())

    took_s, again, tasks = run(engine, work)
    assert took_s < 0.1 and again and tasks == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", llm.engines())
def test_every_mind_leaves_the_loop_free_and_nothing_behind(name, server):
    before = set(threading.enumerate())
    engine = made(name, server)

    async def work(engine):
        await engine.warm(ASKED[:1])
        longest, running = 0.0, True

        async def tick():
            nonlocal longest
            while running:
                start = time.perf_counter()
                await asyncio.sleep(0.001)
                longest = max(longest, time.perf_counter() - start)

        ticking = asyncio.create_task(tick())
        await answer(engine)
        chance = await engine.chance_of_end(ASKED[:1], "My name is")
        running = False
        await ticking
        return longest, chance

    longest, chance = run(engine, work)
    assert longest < 0.25 and (chance is None or 0.0 <= chance <= 1.0)
    left = [t for t in set(threading.enumerate()) - before if "process_request_thread" not in t.name]
    for thread in left:
        thread.join(1.0)
    assert not [t.name for t in left if t.is_alive() and t.name.startswith(("mind", "asyncio"))]


@pytest.mark.parametrize("name", llm.engines())
def test_a_closed_mind_says_so(name, server):
    engine = made(name, server)

    async def work(engine):
        await engine.close()
        with pytest.raises(EngineError, match="closed"):
            await answer(engine)

    run(engine, work)


def test_an_unknown_mind_or_setting_is_an_error_with_a_suggestion():
    with pytest.raises(EngineError, match="no llm engine named 'ollma'; did you mean 'ollama'"):
        llm.load("ollma")
    with pytest.raises(EngineError, match="no setting 'base_ulr'; did you mean 'base_url'"):
        llm.load("openai", base_ulr="x")


EXPECTED = {
    "stall": "no first word within 0.3 s",
    "mid_stall": "no further word within 0.3 s",
    "cut": "broke in the middle",
    "429": "too many requests",
    "500": "the server failed",
    "401": "key was refused",
    "404": "not found|no model named",
    "garbage": "no answer of a language model",
    "html": "no answer of a language model",
    "empty": "no answer of a language model",
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["openai", "ollama"])
def test_every_fault_is_one_clear_error_in_bounded_time_without_the_key(name, fault, server, caplog):
    caplog.set_level(logging.DEBUG)
    engine = made(name, server)
    server.plan.extend([fault] * 3)
    start = time.perf_counter()
    with pytest.raises(EngineError, match=EXPECTED[fault]) as caught:
        run(engine, lambda engine: answer(engine, options=HASTY.get(fault, PATIENT)))
    assert time.perf_counter() - start < 3.0
    told = str(caught.value)
    assert "\n" not in told and len(told) < 400 and name in told
    chained = caught.value
    while chained is not None:
        assert KEY not in str(chained) and KEY not in repr(chained)
        chained = chained.__cause__
    assert KEY not in caplog.text and KEY not in repr(engine) + str(vars(engine).get("base_url"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["openai", "ollama"])
def test_a_fault_before_the_first_word_is_tried_again_and_one_after_it_is_not(name, server):
    engine = made(name, server)
    server.plan.extend(["500", "429"])
    assert "".join(run(engine, answer)) == "[happy] Hello there." and len(server.seen) == 3
    engine = made(name, server)
    server.plan.extend(["cut"])
    with pytest.raises(EngineError):
        run(engine, answer)
    assert len(server.seen) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["openai", "ollama"])
def test_a_slow_drip_is_the_same_answer(name, server):
    engine = made(name, server)
    server.plan.append("drip")
    assert "".join(run(engine, answer)) == "[happy] Hello there."


@pytest.mark.parametrize("name", ["openai", "ollama"])
def test_a_wrong_model_is_told_with_the_nearest_one(name, server):
    engine = made(name, server, model="tiny-chatt")
    with pytest.raises(EngineError, match="no model named 'tiny-chatt'; did you mean 'tiny-chat'"):
        run(engine, answer)


@pytest.mark.parametrize("name, mend", [("openai", "start the server"), ("ollama", "run: ollama serve")])
def test_nobody_there_is_told_with_what_to_start(name, mend, server):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(EngineError, match=f"nobody answers there; {mend}"):
        run(made(name, server, base_url=url), answer)


@pytest.mark.parametrize("name", ["openai", "ollama"])
def test_the_models_of_a_server_are_listed(name, server):
    assert run(made(name, server), lambda engine: engine.models()) == ("tiny-chat", "big-chat")


@pytest.mark.parametrize("name", ["openai", "ollama"])
def test_no_proxy_reads_what_is_said_to_a_server_on_this_machine(name, server, proxy):
    assert run(made(name, server), lambda engine: engine.models()) == ("tiny-chat", "big-chat")
    assert "".join(run(made(name, server), answer)) == "[happy] Hello there."


def test_only_addresses_of_this_machine_are_here():
    here = (
        "http://localhost:8080/v1",
        "http://127.0.0.1",
        "https://127.1.2.3:1/v1",
        "http://[::1]:8080",
        "localhost:1",
    )
    assert all(map(is_here, here))
    there = ("http://localhost.example.org", "http://10.0.0.1", "http://127.0.0.1@example.org/v1", "http://", "")
    assert not any(map(is_here, there))


def test_what_ollama_says_of_its_own_failure_is_told(server):
    engine = made("ollama", server)
    server.plan.append("says")
    with pytest.raises(EngineError, match="it failed: llama runner process has terminated: out of memory"):
        run(engine, answer)


@pytest.mark.parametrize("url", ["https://Canary@host/v1", "http://a:Canary@host", "http://host/v1?api_key=Canary"])
@pytest.mark.parametrize("name", ["openai", "ollama"])
def test_an_address_holds_no_key(name, url, server):
    with pytest.raises(EngineError, match="host, port and path alone") as caught:
        made(name, server, base_url=url)
    assert "Canary" not in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        load({"llm.engine": ("--llm", name), "llm.base_url": ("--llm-url", url)}, environ={})
    assert "Canary" not in str(caught.value)


def test_the_key_of_openai_goes_to_openai_and_this_machine_alone(server):
    for url in ("https://api.openai.com/v1", "http://localhost:1/v1"):
        assert name_of_key(url, None) == "OPENAI_API_KEY" and name_of_key(url, "MY_KEY") == "MY_KEY"
    for url in ("http://api.openai.com/v1", "https://api.openai.com.example.org", "https://example.org/v1"):
        assert name_of_key(url, None) is None and name_of_key(url, "OPENAI_API_KEY") == "OPENAI_API_KEY"
    assert "set key_name" in str(refused("x", 401, "", "", (), name_of_key("https://example.org", None)))


def test_the_key_of_ollama_goes_to_ollama_alone_unless_it_is_named_for_another(server, monkeypatch):
    monkeypatch.setenv("OLLAMA_API_KEY", KEY)
    assert name_of_key("https://ollama.com", None, "ollama") == "OLLAMA_API_KEY"
    for url in ("http://ollama.com", "https://ollama.com.example.org", "http://localhost:11434", "10.0.0.1:11434"):
        assert name_of_key(url, None, "ollama") is None and name_of_key(url, "MY_KEY", "ollama") == "MY_KEY"
    sent = []
    for named in (None, "OLLAMA_API_KEY"):
        run(made("ollama", server, key_name=named), answer)
        sent.append(server.seen[-1][1].get("Authorization"))
    assert sent == [None, f"Bearer {KEY}"]
    engine = made("ollama", server, key_name="OLLAMA_API_KEY")
    server.plan.append("401")
    with pytest.raises(EngineError, match="environment as OLLAMA_API_KEY") as caught:
        run(engine, answer)
    assert KEY not in str(caught.value)


def test_ollama_downloads_only_when_told_and_tells_how_far_it_is(server):
    told = []
    run(made("ollama", server), lambda engine: engine.pull(lambda *step: told.append(step)))
    assert told == [("pulling", 5, 10), ("pulling", 10, 10)]
    assert [path for path, *_ in server.seen] == ["/api/pull"]


def test_a_server_is_quoted_without_keys_and_pages():
    assert said("<h1>no</h1>\n key sk-abcdef1234567 is bad") == "no key *** is bad"
    assert said("token 123", "123") == "token ***" and said("") == "nothing" and len(said("a b " * 999)) == 160


@pytest.mark.slow
def test_openai_talks_with_a_real_llama_cpp_server(server):
    if reason := absent("local") or absent("openai"):
        pytest.skip(reason)
    with llama(models.verified("smollm2-135m"), KEY) as address:
        engine = made("openai", server, base_url=f"{address}/v1", model="smollm2")
        assert any(map(str.isalpha, "".join(run(engine, answer))))
        engine = made("openai", server, base_url=f"{address}/v1", model="smollm2", key_name="NO_SUCH_KEY")
        with pytest.raises(EngineError, match="key was refused"):
            run(engine, answer)


@pytest.fixture
def local(server):
    return made("local", server)


@pytest.mark.slow
def test_the_local_mind_hears_when_a_sentence_is_whole(local):
    async def work(local):
        head = ASKED[:1]
        return [await local.chance_of_end(head, t) for t in ("My name is", "Where did you see them last")]

    part, whole = run(local, work)
    assert whole > 3 * part


@pytest.mark.slow
def test_the_local_mind_feels_with_whom_it_talks_to(local):
    said = {
        "I won the lottery!": {"happy", "surprised"},
        "We are having a baby!": {"happy", "surprised"},
        "My mother died in spring.": {"sad"},
        "I feel so lonely these days.": {"sad"},
        "There is a wolf in front of my door!": {"afraid", "surprised"},
        "Which film should we watch?": {"thoughtful", "neutral"},
    }

    async def work(local):
        asked = [prompt(ADA, (("Ada", "Hi!"), ("You", text)), local.remembers) for text in said]
        return ["".join(await answer(local, messages)).split("]")[0][1:] for messages in asked]

    felt = run(local, work)
    assert sum(feeling in fit for feeling, fit in zip(felt, said.values())) >= 4, felt  # drawn by lot, one


def test_a_local_mind_that_is_still_reading_is_not_given_up(monkeypatch):
    async def answers(ask):
        for _ in range(10):
            await asyncio.sleep(0.5)
            yield {"choices": [{"text": ""}]}
        top = [{"token": "happy", "logprob": -1.0}, {"token": "x", "logprob": -2.0}]
        yield {
            "choices": [
                {"text": "h", "logprobs": {"content": [{"top_logprobs": top}]}}
                if "logprobs" in ask
                else {"text": " Hi."}
            ]
        }

    async def ready():
        pass

    mind = llm.load("local")
    monkeypatch.setattr(mind, "_answers", answers)
    monkeypatch.setattr(mind, "_ready", ready)
    clock = virtual.Clock()
    assert "".join(virtual.run(clock, answer(mind, ASKED, Options()))) == "[happy] Hi."


@pytest.mark.slow
def test_what_the_local_mind_read_once_it_does_not_read_again(local):
    async def work(local):
        await local.chance_of_end(ASKED[:1], ASKED[1].text)
        ask = {"prompt": chatml(ASKED) + "<|im_start|>assistant\n", "max_tokens": 1}
        async with aclosing(local._answers(ask)) as answers:
            return [a["timings"] for a in [a async for a in answers] if "timings" in a][-1]

    timings = run(local, work)
    assert timings["cache_n"] > 10 * timings["prompt_n"]


@pytest.mark.slow
def test_nobody_outside_can_reach_the_local_mind(local):
    async def work(local):
        await local.warm(ASKED[:1])
        sockets = [c for c in psutil.Process().net_connections("inet") if c.status == "LISTEN"]
        return sockets, stat.S_IMODE(os.stat(local._folder).st_mode), local._folder

    before = {c.laddr for c in psutil.Process().net_connections("inet") if c.status == "LISTEN"}
    sockets, mode, folder = run(local, work)
    assert {c.laddr for c in sockets} <= before and mode == 0o700
    assert not models.Path(folder).exists()


@pytest.mark.slow
def test_a_prompt_that_is_too_long_is_refused_and_the_next_one_answered(local):
    async def work(local):
        with pytest.raises(EngineError, match="exceeds the available context"):
            await answer(local, (ASKED[0], Message("user", "hello " * 4000)))
        return await answer(local)

    assert run(local, work)


def test_a_half_file_is_refused_before_it_is_loaded(tmp_path):
    path = tmp_path / "mind.gguf"
    path.write_bytes(b"GGUF" * 100)
    with pytest.raises(models.ModelFileError, match="not the expected file: 400 bytes.*models pull smollm2-135m"):
        models.verified("smollm2-135m", path)


@pytest.mark.slow
def test_a_model_with_a_template_of_its_own_is_asked_by_that(tmp_path):
    whole = models.find("smollm2-135m")[0].read_bytes()
    template = model_format.template(models.find("smollm2-135m")[0]).encode()
    # As long as before, so that the table still fits: the user is <u>, the mind <a>.
    other = "{% for m in messages %}<{{ m['role'][0] }}>{{ m['content'] }}\n{% endfor %}<a>".encode().ljust(
        len(template)
    )
    assert b"<|im_start|>" in template and whole.count(template) == 1 and len(other) == len(template)
    path = tmp_path / "other.gguf"
    path.write_bytes(whole.replace(template, other))

    async def answered():
        mind = llm.load("local", model=str(path))
        said = [Message("system", "Be kind."), Message("assistant", "Hello."), Message("user", "Do you like cats?")]
        try:
            text = "".join([piece async for piece in mind.stream(said, Options(max_tokens=40))])
            return text, await mind.chance_of_end(said, "Do you")
        finally:
            await mind.close()

    text, ends = asyncio.run(answered())
    assert re.match(r"\[(" + "|".join(e.value for e in Emotion) + r")\] \w", text) and ends is None
