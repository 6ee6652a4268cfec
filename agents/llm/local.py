"""The mind in this process, by llama.cpp, without a network: SmolLM2-135M, another of the manifest, or any GGUF file.

One rule: nothing outside this process can talk to it. llama.cpp's own server wants to listen somewhere: it gets a
socket in a folder that only this user may enter, and a key that nobody is told.

The prompt is written here as the model was trained to read it (ChatML), so that the words that a person has said so far
are the beginning of the prompt of the answer to them: what was read while they spoke need not be read again. A model
with another template is asked by that, and cannot tell whether a turn is over.

Each answer begins with a feeling (agents/llm/feelings.py): it is asked for alone, by one token, for to read the rest of
"[happy]" takes less time than to write it (a first word after 123 ms instead of 171). A grammar keeps the words to two
sentences.

Source: xllamacpp 2026.10 (MIT), llama.cpp; SmolLM2 (Apache-2.0), arXiv 2502.02737.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import secrets
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Any

from agents import installed, model_format, models
from agents.llm import Message, Options, in_time, without_tools
from agents.llm.feelings import FEELINGS, NOTHING, WORDS, examples, fitting, log_chances
from dialogue.errors import EngineError, ModelFileError, did_you_mean

MODEL = "smollm2-135m"
CONTEXT = 2048  # tokens; 47 MB of cache each
SLOTS = 2  # contexts, for avatars that think with one mind: each is another beginning, and none is read twice
BATCH = 32  # tokens read between two looks at whether somebody still wants the answer
TOP = 200  # next tokens that are asked for: every feeling is among them, or hardly possible
LOAD_S = 30.0
SPECIAL = re.compile(r"<\|[^|>]{0,40}\|?>?")  # the model's own marks: nobody may write them
MARKS = ".?!…"
CHATML, END = "<|im_start|>", "<|im_end|>"
# Two sentences at most: a mind so small goes on for half a minute if nobody stops it.
SENTENCES = """words ::= " " sentence (" " sentence)?
sentence ::= first rest{1,120} [.?!]
first ::= [A-Za-z0-9'"]
rest ::= [^.?!\\[\\](){}<>*#_`|~\\\\\\n\\r]"""


class Engine:
    """Nothing is loaded before it is needed. Its calls run one after the other, in one thread of its own.

    Args:
        model: as `duologue models list` calls it, or a GGUF file.
    """

    remembers = 1200  # about 300 tokens: behind 1000, each token takes half as long again
    eager = True
    has_tools = False  # the grammar that forces a feeling leaves no room, and a model so small no sense

    def __init__(self, model: str = MODEL) -> None:
        self.model = model
        self._thread = ThreadPoolExecutor(1, "mind")
        self._own = False  # the model has a template of its own, which is not ChatML
        self._usual: dict[str, dict[str, float]] = {}  # by who it is: how likely each feeling is where nothing was said
        self._server: Any = None
        self._folder: str | None = None
        # One an answer: set when nobody wants it any more, and where its pieces go.
        self._wanted: dict[threading.Event, asyncio.Queue] = {}
        self._closed = False

    async def stream(self, messages: Sequence[Message], options: Options = Options()) -> AsyncIterator[str]:
        without_tools("local mind", options)
        await self._ready()
        ask = {
            "max_tokens": options.max_tokens,
            "temperature": options.temperature,
            "seed": options.seed,
            "repeat_penalty": 1.1,  # so small a model falls into loops
        }
        answer = self._by_template(messages, ask) if self._own else self._answer(messages, ask)
        async with aclosing(in_time(answer, options, "local mind")) as pieces:
            async for piece in pieces:
                yield piece

    async def chance_of_end(self, messages: Sequence[Message], text: str) -> float | None:
        await self._ready()
        if self._own:  # its template closes what a person says
            return None
        written = clean(text).rstrip(MARKS + " ")  # what a transcriber guessed is no evidence
        prompt = chatml(messages) + "<|im_start|>user\n" + written
        async with aclosing(self._next(prompt)) as steps:
            async for top in steps:
                if top:
                    return chance(top)
        raise EngineError("local mind: no chances came back; report this with the version of xllamacpp")

    async def warm(self, messages: Sequence[Message]) -> None:
        await self._ready()
        steps = self._by_template(messages, {"max_tokens": 1}) if self._own else self._feeling(messages)
        async with aclosing(steps):
            async for _ in steps:
                pass

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for unwanted, come in self._wanted.items():
            unwanted.set()
            come.put_nowait(EngineError("closed; make a new one"))  # the thread gives nothing more
        freed = self._thread.submit(self._free)  # after a load that is under way, whatever has come of it by now
        self._thread.shutdown(wait=False)
        await asyncio.wrap_future(freed)

    def _free(self) -> None:
        self._server = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    async def _ready(self) -> None:
        if self._closed:
            raise EngineError("the local mind is closed; make a new one")
        if self._server is None:
            try:
                async with asyncio.timeout(LOAD_S):
                    await asyncio.wrap_future(self._thread.submit(self._load))
            except TimeoutError as error:
                raise EngineError(f"local mind: not loaded within {LOAD_S:g} s; close other programs") from error
            if self._closed:  # meanwhile
                raise EngineError("the local mind is closed; make a new one")

    def _load(self) -> None:
        if self._server is None and not self._closed:
            path = file(self.model)
            template = model_format.template(path)
            self._own = bool(template) and CHATML not in template
            folder = tempfile.mkdtemp(prefix="duologue-")  # mode 0700
            try:
                slots = SLOTS if self.model == MODEL else 1  # of a larger one a second context may not fit
                self._server = server(path, Path(folder) / "mind.sock", slots)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            self._folder = folder

    async def _by_template(self, messages: Sequence[Message], ask: dict) -> AsyncIterator[str]:
        """An answer, asked for by the template of the model."""
        grammar = f'root ::= "[" feeling "]" words\nfeeling ::= {either(FEELINGS)}\n{SENTENCES}'
        said = [{"role": m.role, "content": m.text} for m in alternating(messages)]
        async with aclosing(self._pieces({**ask, "messages": said, "grammar": grammar})) as pieces:
            async for piece in pieces:
                yield piece

    async def _answer(self, messages: Sequence[Message], ask: dict) -> AsyncIterator[str]:
        """An answer: its feeling, then the words. Empty pieces tell that the prompt is being read."""
        feeling = ""
        async with aclosing(self._feeling(messages)) as steps:
            async for feeling in steps:
                if feeling:
                    break
                yield ""
        if not feeling:
            raise EngineError("local mind: no feeling came back; report this with the version of xllamacpp")
        yield f"[{feeling}]"
        words = {**ask, "prompt": f"{opened(messages)}{WORDS[feeling]}]", "grammar": f"root ::= words\n{SENTENCES}"}
        async with aclosing(self._pieces(words)) as pieces:
            async for piece in pieces:
                yield piece

    async def _feeling(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        """The feeling that fits best; before, an empty text for each part of the prompt that was read."""
        head = [m for m in messages[:1] if m.role == "system"]
        who = head[0].text if head else ""
        if who not in self._usual:
            async with aclosing(self._next(opened([*head, Message("user", NOTHING)]))) as steps:
                async for top in steps:
                    if top:
                        self._usual[who] = log_chances(top)
                    yield ""
        async with aclosing(self._next(opened(messages))) as steps:
            async for top in steps:
                usual = self._usual.get(who) or dict.fromkeys(FEELINGS, 0.0)
                yield fitting(log_chances(top), usual) if top else ""

    async def _next(self, prompt: str) -> AsyncIterator[list[dict]]:
        """The likeliest next tokens; before, an empty list for each part of the prompt that was read."""
        async with aclosing(self._answers({"prompt": prompt, "max_tokens": 1, "logprobs": TOP})) as answers:
            async for answer in answers:
                for choice in answer.get("choices") or ():
                    if told := choice.get("logprobs"):
                        yield told["content"][0]["top_logprobs"]
                        return
                    yield []

    async def _pieces(self, ask: dict) -> AsyncIterator[str]:
        async with aclosing(self._answers(ask)) as answers:
            async for answer in answers:
                for choice in answer.get("choices") or ():
                    yield choice.get("text") or (choice.get("delta") or {}).get("content") or ""

    async def _answers(self, ask: dict) -> AsyncIterator[dict]:
        """What llama.cpp sends, one JSON object after the other. Whoever stops reading stops it."""
        loop, come = asyncio.get_running_loop(), asyncio.Queue()  # bounded by max_tokens
        unwanted = threading.Event()
        self._wanted[unwanted] = come

        def hand_over(what: object) -> bool:
            if not unwanted.is_set():
                try:
                    loop.call_soon_threadsafe(come.put_nowait, what)
                except RuntimeError:  # the loop is gone, and with it whoever asked
                    unwanted.set()
            return unwanted.is_set()

        self._thread.submit(self._run, ask, hand_over, unwanted)
        try:
            while (what := await come.get()) is not None:
                if isinstance(what, BaseException):
                    raise EngineError(f"local mind: {what}") from what
                answer = json.loads(what)
                if "error" in answer:
                    raise EngineError(f"local mind: {answer['error'].get('message', 'failed')}")
                yield answer
        finally:
            unwanted.set()
            self._wanted.pop(unwanted)

    def _run(self, ask: dict, hand_over: Callable[[object], bool], unwanted: threading.Event) -> None:
        """One request, in the thread."""
        try:
            if not unwanted.is_set() and self._server is not None:
                ask = {"stream": True, "cache_prompt": True, "return_progress": True} | ask
                handle = self._server.handle_chat_completions if self._own else self._server.handle_completions
                handle(json.dumps(ask), hand_over)
            hand_over(None)
        except BaseException as error:  # noqa: BLE001 - it belongs to the task that waits
            hand_over(error)


def needed(model: str) -> str | None:
    """What `duologue models pull` calls a model; None for a file, which is a person's own.

    Raises:
        ModelFileError: it is neither.
    """
    minds = [name for name, its in models.MODELS.items() if its.job == "llm"]
    if model in minds:
        return model
    if Path(model).name == model and not Path(model).exists() and Path(model).suffix != ".gguf":
        raise ModelFileError(f"no local mind named '{model}'{did_you_mean(model, minds)}; a GGUF file works too")
    return None


def file(model: str) -> Path:
    """Where a model lies, after it was found to be whole.

    Raises:
        ModelFileError: it is not here, damaged, or not in the format GGUF.
    """
    if name := needed(model):
        return models.verified(models.MODELS[name].files[0])
    path = Path(model).expanduser()
    model_format.check(path, model_format.GGUF)
    return path


def server(model: Path, socket: Path, slots: int) -> Any:
    """llama.cpp with a model, on one thread; so many conversations stay read.

    Raises:
        EngineError: the runtime is not installed, or cannot load the model.
    """
    try:
        import xllamacpp
    except ImportError as error:
        raise EngineError(installed.lacking("the local mind", ["xllamacpp"])) from error
    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.hostnames, params.api_keys = [str(socket)], [secrets.token_urlsafe(32)]
    params.cors_origins, params.ui, params.endpoint_slots, params.n_threads_http = "", False, False, 1
    params.cache_ram_mib = 0  # of 8192 that grow
    params.n_ctx, params.n_parallel, params.kv_unified = slots * CONTEXT, slots, False
    params.n_batch, params.n_ubatch = BATCH, BATCH
    for pool in (params.cpuparams, params.cpuparams_batch):
        pool.n_threads, pool.poll = 1, 0  # two threads that wait for each other took ten times as long
    # On a CPU, and behind 1000 tokens, what is read takes 141 ms without it and 171 with it.
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.verbosity, params.warmup = -1, False
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise EngineError(
            f"local mind: llama.cpp cannot load {model.name}; it is of a kind that this version does "
            f"not know, or needs more memory than is free: about {model.stat().st_size * 3 // 2000000} MB"
        ) from error


def clean(text: str) -> str:
    """Without the marks by which the model tells who speaks."""
    return SPECIAL.sub("", text)


def either(texts: Sequence[str]) -> str:
    """One of the texts, as a grammar says it."""
    return " | ".join(f'"{text}"' for text in texts)


def chatml(messages: Sequence[Message]) -> str:
    """Messages as the model reads them, with our examples after the head; what does not fit is refused by llama.cpp."""
    head = [m for m in messages[:1] if m.role == "system"]
    rest = messages[len(head) :]
    return "".join(f"{CHATML}{m.role}\n{clean(m.text)}{END}\n" for m in (*head, *examples(WORDS), *rest))


def opened(messages: Sequence[Message]) -> str:
    """Messages and the beginning of an answer, up to its feeling."""
    return f"{chatml(messages)}{CHATML}assistant\n["


def alternating(messages: Sequence[Message]) -> list[Message]:
    """The same with our examples, each role once in turn, as most templates want it."""
    head = [m for m in messages[:1] if m.role == "system"]
    out: list[Message] = []
    for m in (*head, *examples({name: name for name in FEELINGS}), *messages[len(head) :]):
        if out and out[-1].role == m.role:
            m = Message(m.role, f"{out.pop().text}\n{m.text}")
        out.append(m)
    return out


def chance(top: Sequence[dict]) -> float:
    """The share of next tokens that end a sentence or the message."""
    ends = (t for t in top if t["token"].strip()[:1] in tuple(MARKS) or t["token"] == END or t["id"] in (0, 2))
    return min(1.0, sum(math.exp(t["logprob"]) for t in ends))
