"""Any mind that speaks OpenAI's protocol: OpenAI itself, llama.cpp, vLLM, LM Studio, by their base_url.

One rule: a request is tried again only as long as nothing of its answer was heard; a sentence is never begun twice.

The key comes from the environment or the system's keyring; it is in no message, log or repr.

Source: the `openai` package (Apache-2.0), its own retries and long timeouts switched off.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from agents import api_keys, installed
from agents.llm import Message, Options, answered, http
from agents.llm.tools import Call, Calls
from dialogue.errors import EngineError

URL = http.URL
MODEL = "gpt-4o-mini"


class Engine:
    """Connects when it is first asked.

    Args:
        model: as the server calls it. base_url: of the server, usually ending with /v1.
        key_name: of the environment variable, or entry of the keyring, that holds the key; None: OPENAI_API_KEY for
            OpenAI and this machine, none for any other server.
        again_s: before the second try.
    """

    remembers = 3000  # of 4096 tokens that the smallest servers have; a character may be one
    eager = False
    has_tools = True

    def __init__(
        self, model: str = MODEL, base_url: str = URL, key_name: str | None = None, again_s: float = http.AGAIN_S
    ) -> None:
        self.model, self.base_url = model, http.checked(base_url)
        self._key_name, self._again_s = http.name_of_key(base_url, key_name), again_s
        self._key: str | None = None
        self._client: Any = None
        self._closed = False

    @property
    def _who(self) -> str:
        return f"openai at {http.place(self.base_url)}"

    async def stream(self, messages: Sequence[Message], options: Options = Options()) -> AsyncIterator[str]:
        await self._connect()
        async with aclosing(answered(messages, options, self._who, self._pieces, _round)) as pieces:
            async for piece in pieces:
                yield piece

    async def chance_of_end(self, messages: Sequence[Message], text: str) -> float | None:
        return None  # chat completions score no words of the user

    async def warm(self, messages: Sequence[Message]) -> None:
        options = Options(max_tokens=1, first_s=http.WARM_S, idle_s=http.WARM_S)
        async with aclosing(self.stream(messages, options)) as pieces:
            async for _ in pieces:
                return

    async def models(self) -> tuple[str, ...]:
        """The names of the models that the server has.

        Raises:
            EngineError: it cannot be reached, or refuses.
        """
        await self._connect()
        return await self._tried(self._models, final=True)

    async def close(self) -> None:
        self._closed = True
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def _connect(self) -> None:
        if self._closed:
            raise EngineError("the openai engine is closed; make a new one")
        http.refuse_offline(self._who, self.base_url)
        if self._client is None:
            try:
                import openai
            except ImportError as error:
                raise EngineError(installed.lacking("the openai engine", ["openai"])) from error
            key = await api_keys.find_soon(self._key_name) if self._key_name else None
            if self._closed or self._client is not None:  # meanwhile: a keyring may take long to unlock
                return await self._connect()
            if not key and http.is_openai(self.base_url):
                raise EngineError(
                    f"openai wants a key and there is none; put it into the environment as {self._key_name}, or run: "
                    f"duologue config key set {self._key_name}; or name a server of your own, such as "
                    "http://localhost:8080/v1"
                )
            self._key = key
            timeout = openai.Timeout(None, connect=http.CONNECT_S)  # the other waits are those of in_time
            client = openai.DefaultAsyncHttpxClient(**http.of_client(self.base_url))
            self._client = openai.AsyncOpenAI(
                api_key=self._key or "none",
                base_url=self.base_url,
                max_retries=0,
                timeout=timeout,
                http_client=client,
            )

    async def _pieces(self, prompt: list[dict], options: Options, calls: Calls | None) -> AsyncIterator[str]:
        """One answer; the tools that the mind calls in it, if it may, go into `calls`. An empty piece is a sign of life."""
        heard = False
        more = {"tools": [tool.described() for tool in options.tools]} if options.tools else {}
        if options.tools and calls is None:
            more["tool_choice"] = "none"  # the last round: it must answer with what it has

        async def begin() -> Any:
            return await self._client.chat.completions.create(
                model=self.model,
                messages=prompt,
                max_tokens=options.max_tokens,
                temperature=options.temperature,
                seed=options.seed,
                stream=True,
                **more,
            )

        chunks = await self._tried(begin)
        ended = False
        try:
            async for chunk in chunks:
                for choice in getattr(chunk, "choices", None) or ():
                    ended |= bool(choice.finish_reason)
                    for part in (choice.delta and choice.delta.tool_calls) or ():
                        heard = True
                        if calls is not None and part.function is not None:
                            calls.add(part.index or 0, part.id, part.function.name, part.function.arguments)
                        yield ""
                    if choice.delta is not None and choice.delta.content:
                        heard = True
                        yield choice.delta.content
        except Exception as error:
            raise await self._explained(error, heard) from None
        finally:
            await chunks.close()
        if not ended:
            raise http.broken_off(self._who) if heard else http.garbage(self._who)

    async def _tried(self, ask: Any, final: bool = False) -> Any:
        """What the server answers, at the first try or a later one."""
        wait_s = self._again_s
        for left in reversed(range(http.TRIES)):
            try:
                return await ask()
            except Exception as error:
                status = getattr(error, "status_code", None)
                again = status == 429 or (status or 0) >= 500 or _is_connection(error)
                if not again or not left:
                    raise await self._explained(error, False, final) from None  # its frames hold the key
            await asyncio.sleep(wait_s)
            wait_s *= 2

    async def _models(self) -> tuple[str, ...]:
        async with asyncio.timeout(http.LIST_S):
            page = await self._client.models.list()
        return tuple(str(model.id) for model in list(page.data or ())[:200])

    async def _explained(self, error: Exception, heard: bool, final: bool = False) -> EngineError:
        import openai

        if isinstance(error, EngineError):
            return error
        if isinstance(error, openai.APIStatusError):
            models: tuple[str, ...] = ()
            if error.status_code in (400, 404) and not final:
                try:
                    models = await self._models()
                except Exception:  # noqa: BLE001 - a server need not list its models; the first error is the one to tell
                    pass
            answer = http.said(_message(error.body) or error.message, self._key)
            return http.refused(self._who, error.status_code, answer, self.model, models, self._key_name)
        if isinstance(error, TimeoutError | openai.APITimeoutError):
            return EngineError(f"{self._who}: no connection within {http.CONNECT_S:g} s; check base_url and network")
        if heard:
            return http.broken_off(self._who)
        if _is_connection(error):
            return http.unreachable(self._who, http.START)
        return http.garbage(self._who)


def _round(text: str, calls: Sequence[Call], told: Sequence[str]) -> list[dict]:
    """Calls and their results, as the next prompt repeats them."""
    wanted = [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments or "{}"}} for c in calls
    ]
    results = [{"role": "tool", "tool_call_id": c.id, "content": t} for c, t in zip(calls, told)]
    return [{"role": "assistant", "content": text or None, "tool_calls": wanted}, *results]


def _is_connection(error: Exception) -> bool:
    import openai

    return isinstance(error, openai.APIConnectionError)


def _message(body: object) -> str:
    found = body.get("message") if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""
