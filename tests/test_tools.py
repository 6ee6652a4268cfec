"""Minds that call functions, over two protocols: a server on loopback asks for calls in pieces; llama.cpp's is real."""

import asyncio
import json
import threading
from contextlib import aclosing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import plugged
import pytest
from minds import llama, serving
from tongues import KEY

from agents import llm, models
from agents.llm import Message, Options
from agents.llm.tools import ROUNDS, Call, Calls, Tool, in_rounds, results
from dialogue.errors import EngineError

SCHEMA = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
ASKED = (Message("user", "Will it rain in Oslo, and in Rome?"),)


async def weather(place):
    return f"rain in {place}"


async def fails(place):
    raise OSError("no network\nhere")


async def hangs(place):
    await asyncio.get_running_loop().create_future()


def tool(call=weather, **more):
    return Tool("weather", "The weather of a place.", SCHEMA, call, **more)


class Calling(BaseHTTPRequestHandler):
    """Asks for two calls, in small pieces, as often as `server.rounds` says; then repeats what it was told."""

    def log_message(self, *args):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append(asked)
        told = [m["content"] for m in asked["messages"] if m["role"] == "tool"]
        may = asked.get("tools") and asked.get("tool_choice") != "none"
        self.send_response(200)
        self.end_headers()
        ollama = "/api/" in self.path
        if may and len(told) < 2 * self.server.rounds:
            for part in self.server.ollama if ollama else self.server.pieces:
                self._send(ollama, {"role": "assistant", "content": "", "tool_calls": part})
        else:
            for word in f"[happy] I know: {' and '.join(told)}.".split(" "):
                self._send(ollama, {"content": word + " "})
        self._send(ollama, {"content": ""}, True)

    def _send(self, ollama, message, last=False):
        if ollama:
            part = json.dumps({"model": "m", "message": {"role": "assistant"} | message, "done": last}) + "\n"
        else:
            choice = {"index": 0, "delta": message, "finish_reason": "stop" if last else None}
            whole = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            part = f"data: {json.dumps(whole)}\n\n"
        self.wfile.write(part.encode())


@contextmanager
def calling(rounds=1, name="weather"):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Calling)
    server.seen, server.rounds = [], rounds

    def piece(index, text, **first):
        return [{"index": index, "function": {"arguments": text} | first} | ({"id": f"c{index}"} if first else {})]

    server.pieces = [piece(0, "", name=name), piece(0, '{"pla'), piece(0, 'ce": "Oslo"}')]
    server.pieces += [piece(1, '{"place"', name=name), piece(1, ': "Rome"}')]
    server.ollama = [[{"function": {"name": name, "arguments": {"place": place}}}] for place in ("Oslo", "Rome")]
    with serving(server):
        yield server


def answer(name, server, tools, asked=ASKED, **options):
    async def run():
        path = "/v1" if name == "openai" else ""
        engine = llm.load(name, base_url=f"http://127.0.0.1:{server.server_port}{path}", model="m")
        try:
            async with aclosing(engine.stream(asked, Options(tools=tuple(tools), **options))) as pieces:
                return [piece async for piece in pieces]
        finally:
            await engine.close()

    return asyncio.run(run())


both = pytest.mark.parametrize("name", ["openai", "ollama"])


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)


@both
def test_calls_that_come_in_pieces_are_made_and_the_answer_follows(name):
    with calling() as server:
        pieces = answer(name, server, [tool()])
    assert "".join(pieces) == "[happy] I know: rain in Oslo and rain in Rome. " and len(pieces) > 5 and all(pieces)
    first, second = server.seen
    assert first["tools"][0]["function"]["parameters"] == SCHEMA
    assert [m["role"] for m in second["messages"]] == ["user", "assistant", "tool", "tool"]


@both
@pytest.mark.parametrize(
    "made, says",
    [
        (tool(fails), "error: OSError: no network here"),
        (tool(hangs, within_s=0.05), "error: no result within 0.05 s"),
        (Tool("whether", "", SCHEMA, weather), "error: no tool named 'weather'; did you mean 'whether'?"),
    ],
)
def test_a_tool_that_fails_or_hangs_or_is_none_is_told_and_the_reply_goes_on(name, made, says):
    with calling() as server:
        assert "".join(answer(name, server, [made])) == f"[happy] I know: {says} and {says}. "


@both
def test_a_mind_that_calls_for_ever_must_answer_with_what_it_has(name):
    with calling(rounds=99) as server:
        assert "".join(answer(name, server, [tool()])).startswith("[happy] I know: rain in Oslo")
    assert len(server.seen) == ROUNDS + 1


def test_a_round_repeats_what_was_said_called_and_told_and_the_last_may_call_nothing():
    asked, begun = [], ["user: Rain?"]

    async def answer(prompt, calls):
        asked.append((prompt, calls is not None))
        if calls is not None:
            calls.add(0, "c", "weather", '{"place": "Oslo"}')
        yield "Hm."

    def written(text, calls, told):
        return [text, *(f"{call.name}: {result}" for call, result in zip(calls, told))]

    async def run():
        return [piece async for piece in in_rounds(begun, answer, written, [tool()])]

    assert asyncio.run(run()) == ["Hm."] * (ROUNDS + 1) and begun == ["user: Rain?"]
    rounds = [([*begun, *["Hm.", "weather: rain in Oslo"] * n], n < ROUNDS) for n in range(ROUNDS + 1)]
    assert asked == rounds


def test_whoever_stops_reading_ends_the_answer_that_is_under_way():
    ended = []

    async def answer(prompt, calls):
        try:
            yield "One."
            yield "Two."
        finally:
            ended.append(True)

    async def run():
        async with aclosing(in_rounds([], answer, lambda *_: [], [])) as pieces:
            await anext(pieces)
        return list(ended)

    assert asyncio.run(run()) == [True]


def test_a_tool_may_take_longer_than_a_silence_of_the_mind():
    async def slow(place):
        await asyncio.to_thread(threading.Event().wait, 0.2)
        return "snow"

    with calling() as server:
        assert "snow" in "".join(answer("openai", server, [tool(slow)], idle_s=0.15))


@pytest.mark.slow
def test_a_real_server_takes_the_offer_of_tools(monkeypatch):
    pytest.importorskip("xllamacpp")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with plugged.needs("llm", "local"):
        asyncio.run(plugged.load("llm", "local", {}).close())  # skips where its model is not here

    async def run(address):
        engine = llm.load("openai", base_url=f"{address}/v1", model="smollm2")
        options = Options(max_tokens=24, first_s=30.0, idle_s=30.0, tools=(tool(),))
        try:
            async with aclosing(engine.stream(ASKED, options)) as pieces:
                return [piece async for piece in pieces]
        finally:
            await engine.close()

    with llama(models.verified("smollm2-135m"), KEY) as address:
        assert asyncio.run(run(address))


@pytest.mark.parametrize("name", ["local", "script"])
def test_a_mind_without_tools_says_so(name):
    engine = llm.load(name)

    async def run():
        try:
            async with aclosing(engine.stream(ASKED, Options(tools=(tool(),)))) as pieces:
                await anext(pieces)
        finally:
            await engine.close()

    assert not engine.has_tools
    with pytest.raises(EngineError, match="it can call no tools"):
        asyncio.run(run())


@pytest.mark.parametrize(
    "arguments, says", [("{", "are no JSON"), ("[1]", "are no JSON object"), ('{"x": 1}', "TypeError")]
)
def test_arguments_that_cannot_be_are_told(arguments, says):
    (told,) = asyncio.run(results([Call("1", "weather", arguments)], [tool()]))
    assert told.startswith("error: ") and says in told


def test_calls_are_bounded():
    calls = Calls()
    for index in range(100):
        calls.add(index, "x", "weather", "a" * 100_000)
        calls.add(index, None, None, "b" * 100_000)
    assert len(calls) == 8 and all(len(call.arguments) <= 100_000 for call in calls)


@pytest.mark.parametrize("name, schema", [("a b", SCHEMA), ("ok", {"type": "string"})])
def test_a_tool_that_no_protocol_can_describe_is_a_callers_mistake(name, schema):
    with pytest.raises(ValueError, match="expected 1-64 letters|no JSON Schema of an object"):
        Tool(name, "", schema, weather)
