"""A server of somebody else's, in OpenAI's protocol, asked from a thread that may wait: voices and ears are asked so.

One rule: whoever waits can be sent away. Requests live on an event loop in a thread of their own, so that `close` ends
each of them at once, whatever the server does; without it they end by themselves, after `patience_s` of silence.

A request is tried twice: nothing of its answer is used before all of it is here.

Source: the `openai` package (Apache-2.0), its own retries and long timeouts switched off.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from agents import api_keys, installed
from agents.llm import http
from dialogue.errors import EngineError

URL = http.URL
MOST_S = 120.0  # for one request, however steadily its answer drips
CLOSE_S = 2.0  # for saying goodbye to the server
TRIES = 2
T = TypeVar("T")


class Server:
    """Connects when it is first asked.

    Args:
        kind: what it is to us: "voice", "transcriber". base_url: usually ending with /v1.
        key_name: of the environment variable, or entry of the keyring, that holds the key.
            None: OPENAI_API_KEY for OpenAI and this machine, none for any other server.
        patience_s: between two signs of life. most: bytes of one answer.
    Raises:
        EngineError: base_url is none.
    """

    def __init__(self, kind: str, base_url: str, key_name: str | None, patience_s: float, most: int) -> None:
        self.kind, self.base_url, self.patience_s, self._most = kind, http.checked(base_url), patience_s, most
        self._key_name = http.name_of_key(base_url, key_name)
        self._key: str | None = None
        self._client: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._door = threading.Lock()
        self._closed = False

    @property
    def where(self) -> str:
        """Its address as it may be shown."""
        return http.place(self.base_url)

    @property
    def who(self) -> str:
        return f"openai at {self.where}"

    @property
    def is_openai(self) -> bool:
        return http.is_openai(self.base_url)

    def ask(self, request: Callable[[Any], Awaitable[T]], model: str) -> T:
        """What the server answers; blocks.

        Args:
            request: is given the client. model: what it asks for.
        Raises:
            EngineError: the server cannot be reached, refuses, breaks off or falls silent; or `close` was called.
        """
        with self._door:
            loop = self._running()
            asked = asyncio.run_coroutine_threadsafe(self._tried(request, model), loop)
        try:
            return asked.result()
        except CancelledError:
            raise EngineError(f"the openai {self.kind} is closed; make a new one") from None
        except Exception as error:
            raise self._explained(error, model) from None  # its frames hold the key

    def close(self) -> None:
        """End all requests and connections, and the thread; idempotent."""
        with self._door:
            self._closed = True
            loop, self._loop = self._loop, None
        if loop is not None and self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._end(), loop)
            self._thread.join(CLOSE_S)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._closed:
            raise EngineError(f"the openai {self.kind} is closed; make a new one")
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_run, args=(self._loop,), name=f"openai {self.kind}", daemon=True)
            self._thread.start()
        return self._loop

    async def _connect(self) -> None:
        """On the loop, so that `close` ends it, too: a keyring may take long to unlock."""
        http.refuse_offline(self.who, self.base_url)
        try:
            import openai
        except ImportError as error:
            raise EngineError(installed.lacking(f"the openai {self.kind}", ["openai"])) from error
        self._key = await api_keys.find_soon(self._key_name) if self._key_name else None
        if not self._key and self.is_openai:
            raise EngineError(
                f"openai wants a key and there is none; put it into the environment as {self._key_name}, or name a "
                "server of your own by its base_url, such as http://localhost:8880/v1"
            )
        timeout = openai.Timeout(self.patience_s, connect=http.CONNECT_S)
        if self._client is None:  # another request may have been quicker
            hooks = {"response": [http.bounded(self.who, self._most)]}
            told = http.of_client(self.base_url) | {"headers": {"Accept-Encoding": "identity"}, "event_hooks": hooks}
            self._client = openai.AsyncOpenAI(
                api_key=self._key or "none",
                base_url=self.base_url,
                max_retries=0,
                timeout=timeout,
                http_client=openai.DefaultAsyncHttpxClient(**told),
            )

    async def _tried(self, request: Callable[[Any], Awaitable[T]], model: str) -> T:
        async with asyncio.timeout(MOST_S):
            if self._client is None:
                await self._connect()
            for left in reversed(range(TRIES)):
                try:
                    return await request(self._client)
                except Exception as error:
                    if not left or not _passes(error):
                        raise self._explained(error, model, await self._models(error)) from None
                await asyncio.sleep(http.AGAIN_S)
        raise AssertionError("the last try returns or raises")

    async def _end(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
        asyncio.get_running_loop().stop()

    async def _models(self, error: Exception) -> tuple[str, ...]:
        """What the server has, if it refused what it was asked for, and tells."""
        if getattr(error, "status_code", None) not in (400, 404):
            return ()
        try:
            async with asyncio.timeout(http.LIST_S):
                page = await self._client.models.list()
            return tuple(str(model.id) for model in list(page.data or ())[:200])
        except Exception:  # noqa: BLE001 - a server need not list its models; the first error is the one to tell
            return ()

    def _explained(self, error: Exception, model: str, models: tuple[str, ...] = ()) -> EngineError:
        for known in (error, error.__cause__):
            if isinstance(known, EngineError):
                return known
        import openai

        if isinstance(error, openai.APIStatusError):
            found = error.body.get("message") if isinstance(error.body, dict) else None
            answer = http.said(found if isinstance(found, str) else error.message, self._key)
            return http.refused(self.who, error.status_code, answer, model, models, self._key_name)
        names = {type(error).__name__, type(error.__cause__).__name__}  # openai's own errors, or httpx's while reading
        if "ConnectTimeout" in names:
            return EngineError(f"{self.who}: no connection within {http.CONNECT_S:g} s; check base_url and network")
        if "ConnectError" in names:
            return http.unreachable(self.who, http.START)
        if isinstance(error, TimeoutError):
            return EngineError(f"{self.who}: not done within {MOST_S:g} s; it is too slow for this")
        if isinstance(error, openai.APITimeoutError) or "ReadTimeout" in names:
            return EngineError(
                f"{self.who}: silent for {self.patience_s:g} s; it is overloaded or stuck: look into its log, or try again"
            )
        if isinstance(error, openai.APIError | ValueError | RecursionError) and not isinstance(
            error, openai.APIConnectionError
        ):
            return http.garbage(self.who, f"a {self.kind}")
        return http.broken_off(self.who)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _passes(error: Exception) -> bool:
    """Whether the same request may well succeed in a moment."""
    import openai

    status = getattr(error, "status_code", None) or 0
    gone = isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError)
    gone = gone and not isinstance(error.__cause__, EngineError)
    return gone or status == 429 or status >= 500
