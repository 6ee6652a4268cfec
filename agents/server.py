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

from agents import api_keys
from agents.llm import http
from dialogue.errors import EngineError

URL = "https://api.openai.com/v1"
GET = "python -m pip install openai"
MOST_S = 120.0  # for one request, however steadily its answer drips
CLOSE_S = 2.0  # for saying goodbye to the server
TRIES = 2
T = TypeVar("T")


class Server:
    """Connects when it is first asked.

    Args:
        kind: what it is to us: "voice", "transcriber". base_url: usually ending with /v1.
        key_name: of the environment variable, or entry of the keyring, that holds the key.
        patience_s: between two signs of life.
    Raises:
        EngineError: base_url is none.
    """

    def __init__(self, kind: str, base_url: str, key_name: str, patience_s: float) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise EngineError(f"base_url is '{http.said(base_url)}'; expected http://... or https://...")
        self.kind, self.base_url, self.patience_s = kind, base_url.rstrip("/"), patience_s
        self._key_name = key_name
        self._key: str | None = None
        self._client: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._door = threading.Lock()
        self._closed = False

    @property
    def where(self) -> str:
        """Its address, without a name and password that may stand in it."""
        return self.base_url.split("//", 1)[1].split("@")[-1]

    @property
    def who(self) -> str:
        return f"openai at {self.where}"

    @property
    def is_openai(self) -> bool:
        return "//api.openai.com" in self.base_url

    def ask(self, request: Callable[[Any], Awaitable[T]], model: str) -> T:
        """What the server answers; blocks.

        Args:
            request: is given the client. model: what it asks for.
        Raises:
            EngineError: the server cannot be reached, refuses, breaks off or falls silent; or `close` was called.
        """
        with self._door:
            loop = self._running()
            asked = asyncio.run_coroutine_threadsafe(self._tried(request), loop)
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
            self._client = self._connected()
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_run, args=(self._loop,), name=f"openai {self.kind}", daemon=True)
            self._thread.start()
        return self._loop

    def _connected(self) -> Any:
        http.refuse_offline(self.who, self.base_url)
        try:
            import openai
        except ImportError as error:
            raise EngineError(f"the openai {self.kind} needs the package openai; run: {GET}") from error
        self._key = api_keys.find(self._key_name)
        if not self._key and self.is_openai:
            raise EngineError(
                f"openai wants a key and there is none; put it into the environment as {self._key_name}, or name a "
                "server of your own by its base_url, such as http://localhost:8880/v1"
            )
        timeout = openai.Timeout(self.patience_s, connect=http.CONNECT_S)
        client = openai.DefaultAsyncHttpxClient(**http.of_client(self.base_url))
        return openai.AsyncOpenAI(
            api_key=self._key or "none", base_url=self.base_url, max_retries=0, timeout=timeout, http_client=client
        )

    async def _tried(self, request: Callable[[Any], Awaitable[T]]) -> T:
        async with asyncio.timeout(MOST_S):
            for left in reversed(range(TRIES)):
                try:
                    return await request(self._client)
                except Exception as error:
                    if not left or not _passes(error):
                        raise
                await asyncio.sleep(http.AGAIN_S)
        raise AssertionError("the last try returns or raises")

    async def _end(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.close()
        asyncio.get_running_loop().stop()

    def _explained(self, error: Exception, model: str) -> EngineError:
        import openai

        if isinstance(error, EngineError):
            return error
        if isinstance(error, openai.APIStatusError):
            found = error.body.get("message") if isinstance(error.body, dict) else None
            answer = http.said(found if isinstance(found, str) else error.message, self._key)
            return http.refused(self.who, error.status_code, answer, model, ())
        names = {type(error).__name__, type(error.__cause__).__name__}  # openai's own errors, or httpx's while reading
        if "ConnectTimeout" in names:
            return EngineError(f"{self.who}: no connection within {http.CONNECT_S:g} s; check base_url and network")
        if "ConnectError" in names:
            return http.unreachable(self.who, "start the server, or correct base_url")
        if isinstance(error, TimeoutError):
            return EngineError(f"{self.who}: not done within {MOST_S:g} s; it is too slow for this")
        if isinstance(error, openai.APITimeoutError) or "ReadTimeout" in names:
            return EngineError(
                f"{self.who}: silent for {self.patience_s:g} s; it is overloaded or stuck: look into its log, or try again"
            )
        if isinstance(error, openai.APIError | ValueError) and not isinstance(error, openai.APIConnectionError):
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
    return gone or status == 429 or status >= 500
