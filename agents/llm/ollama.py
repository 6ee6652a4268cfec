"""A mind that Ollama runs on this machine or another.

One rule: nothing is downloaded unless a person asks for it: a model that is missing is an error that says what to run.

A daemon needs no key, Ollama's own servers do. The package would send OLLAMA_API_KEY to whichever server it is given;
here it goes to Ollama alone, unless a person names it for another.

Source: the `ollama` package (MIT), its native protocol.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any

from agents import api_keys, installed
from agents.llm import Message, Options, answered, http
from agents.llm.tools import Call, Calls
from dialogue.errors import EngineError, nearest

URL = "http://127.0.0.1:11434"
MODEL = "llama3.2"
START = "run: ollama serve (or install it from https://ollama.com)"
PULL_IDLE_S = 60.0  # between two words about a download


class Engine:
    """Connects when it is first asked.

    Args:
        model: as `ollama list` calls it. base_url: of the daemon; None: OLLAMA_HOST, or this machine.
        key_name: of the environment variable, or entry of the keyring, that holds the key; None: OLLAMA_API_KEY for
            https://ollama.com, none for any other server.
        again_s: before the second try.
    """

    remembers = 3000  # of 4096 tokens that a daemon gives by default; a character may be one
    eager = False
    has_tools = True

    def __init__(
        self,
        model: str = MODEL,
        base_url: str | None = None,
        key_name: str | None = None,
        again_s: float = http.AGAIN_S,
    ) -> None:
        if base_url and (problem := api_keys.not_a_place(base_url if "//" in base_url else f"http://{base_url}")):
            raise EngineError(f"base_url for {http.said(http.place(base_url))}: {problem}")
        self.model, self._base_url, self._again_s = model, base_url, again_s
        self._chosen, self._key = key_name, None
        self._client: Any = None
        self._closed = False

    @property
    def base_url(self) -> str:
        return address(self._base_url)

    @property
    def _key_name(self) -> str | None:
        return http.name_of_key(self.base_url, self._chosen, "ollama")

    @property
    def _who(self) -> str:
        return f"ollama at {http.place(self.base_url)}"

    async def stream(self, messages: Sequence[Message], options: Options = Options()) -> AsyncIterator[str]:
        await self._connect()
        async with aclosing(answered(messages, options, self._who, self._pieces, _round)) as pieces:
            async for piece in pieces:
                yield piece

    async def chance_of_end(self, messages: Sequence[Message], text: str) -> float | None:
        return None  # its protocol gives no chances of a user's words

    async def warm(self, messages: Sequence[Message]) -> None:
        options = Options(max_tokens=1, first_s=http.WARM_S, idle_s=http.WARM_S)
        async with aclosing(self.stream(messages, options)) as pieces:
            async for _ in pieces:
                return

    async def models(self) -> tuple[str, ...]:
        """The names of the models that are here.

        Raises:
            EngineError: the daemon cannot be reached, or refuses.
        """
        await self._connect()
        try:
            async with asyncio.timeout(http.LIST_S):
                listed = await self._client.list()
            return tuple(str(model.model) for model in listed.models[:200])
        except Exception as error:
            raise await self._explained(error, False, final=True) from None

    async def pull(self, told: Callable[[str, int, int], None]) -> None:
        """Download the model; only on a person's word.

        Args:
            told: called with what is being done, bytes that are here, and bytes in all (0: unknown).
        Raises:
            EngineError: it cannot be had, or the download stands still.
        """
        await self._connect()
        try:
            async with asyncio.timeout(PULL_IDLE_S):
                steps = await self._client.pull(self.model, stream=True)
            async with aclosing(steps):
                while True:
                    async with asyncio.timeout(PULL_IDLE_S):
                        step = await anext(steps)
                    told(str(step.status or ""), step.completed or 0, step.total or 0)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise EngineError(f"{self._who}: the download stands still since {PULL_IDLE_S:g} s; pull again") from None
        except Exception as error:
            raise await self._explained(error, False, final=True) from None

    async def close(self) -> None:
        self._closed = True
        if self._client is not None:
            client, self._client = self._client, None
            await client._client.aclose()  # the package has no door of its own for it

    async def _connect(self) -> None:
        if self._closed:
            raise EngineError("the ollama engine is closed; make a new one")
        http.refuse_offline(self._who, self.base_url)
        if self._client is None:
            try:
                import httpx
                import ollama
            except ImportError as error:
                raise EngineError(installed.lacking("the ollama engine", ["ollama"])) from error
            key = await api_keys.find_soon(self._key_name) if self._key_name else None
            if self._closed or self._client is not None:  # meanwhile: a keyring may take long to unlock
                return await self._connect()
            self._key = key
            timeout = httpx.Timeout(None, connect=http.CONNECT_S)  # the other waits are those of in_time
            told = http.of_client(self.base_url) | {"auth": self._signed}
            self._client = ollama.AsyncClient(self.base_url, timeout=timeout, **told)

    def _signed(self, request: Any) -> Any:
        """A request with our key, or with none, whatever the package put there."""
        request.headers.pop("Authorization", None)
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    async def _pieces(self, prompt: list[dict], options: Options, calls: Calls | None) -> AsyncIterator[str]:
        """One answer; the tools that the mind calls in it, if it may, go into `calls`. An empty piece: it is alive."""
        tools = [tool.described() for tool in options.tools] if calls is not None else []
        wait_s, heard, ended = self._again_s, False, False
        for left in reversed(range(http.TRIES)):
            try:
                chunks = await self._client.chat(
                    model=self.model,
                    messages=prompt,
                    tools=tools or None,
                    stream=True,
                    options={
                        "num_predict": options.max_tokens,
                        "temperature": options.temperature,
                        "seed": options.seed,
                    },
                )
                async with aclosing(chunks):
                    async for chunk in chunks:
                        ended |= bool(chunk.done)
                        for call in chunk.message.tool_calls or ():
                            heard = True
                            if calls is not None:  # each comes whole
                                arguments = json.dumps(dict(call.function.arguments))
                                calls.add(len(calls), None, call.function.name, arguments)
                            yield ""
                        if chunk.message.content:
                            heard = True
                            yield chunk.message.content
                break
            except Exception as error:
                status = getattr(error, "status_code", None) or 0
                again = not heard and left and (status == 429 or status >= 500 or _is_connection(error))
                if not again:
                    raise await self._explained(error, heard) from None
            await asyncio.sleep(wait_s)
            wait_s *= 2
        if not ended:
            raise http.broken_off(self._who) if heard else http.garbage(self._who)

    async def _explained(self, error: Exception, heard: bool, final: bool = False) -> EngineError:
        import httpx
        import ollama

        if isinstance(error, EngineError):
            return error
        if heard and not isinstance(error, ollama.ResponseError):
            return http.broken_off(self._who)
        if isinstance(error, ollama.ResponseError) and error.status_code > 0:
            models: tuple[str, ...] = ()
            if error.status_code == 404 and not final:
                try:
                    models = await self.models()
                except EngineError:  # the first error is the one to tell
                    pass
                near = nearest(self.model, models)
                here = f"did you mean '{near}'?" if near else f"here are: {', '.join(models) or 'none'}."
                get = f"To get it: duologue models pull ollama/{self.model}"
                return EngineError(f"{self._who}: no model named '{self.model}'; {here} {get}")
            answer = http.said(error.error, self._key)
            return http.refused(self._who, error.status_code, answer, self.model, models, self._key_name)
        if isinstance(error, ollama.ResponseError):  # said in the middle of an answer, which began with 200
            return EngineError(
                f"{self._who}: it failed: {http.said(error.error, self._key)}; look into its log, or try again"
            )
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return EngineError(f"{self._who}: no connection within {http.CONNECT_S:g} s; {START}")
        if _is_connection(error):
            return http.unreachable(self._who, START)
        return http.garbage(self._who)


def address(base_url: str | None) -> str:
    """Where a daemon is, if a person chose that place, or none."""
    return base_url or os.environ.get("OLLAMA_HOST") or URL


def _round(text: str, calls: Sequence[Call], told: Sequence[str]) -> list[dict]:
    """Calls and their results, as the next prompt repeats them."""
    wanted = [{"function": {"name": c.name, "arguments": json.loads(c.arguments)}} for c in calls]
    results = [{"role": "tool", "tool_name": c.name, "content": t} for c, t in zip(calls, told)]
    return [{"role": "assistant", "content": text, "tool_calls": wanted}, *results]


def _is_connection(error: Exception) -> bool:
    import httpx

    return isinstance(error, ConnectionError | httpx.TransportError)
