"""The process in which Coqui's models live; run by agents/tts/coqui.py in whichever Python has the package coqui-tts.

One rule: a model is weights and nothing else: torch is told to refuse every other pickle. Nothing is downloaded unless
the question says so.

This file imports nothing of ours: another Python runs it, by its path. Questions come on stdin and answers go to what
was stdout, each as JSON behind four bytes of length, sound behind its JSON; whatever the package prints goes to stderr.
"""

import json
import os
import struct
import sys
from pathlib import Path

# Else `import openai` would find the module beside this file; a Python that is told to be safe has it not on its path.
sys.path[:] = [place for place in sys.path if place != str(Path(__file__).resolve().parent)]
os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"  # whatever a caller of torch.load asks for
LENGTH = struct.Struct(">I")
WHOLE = ("xtts", "bark", "tortoise")  # models that are a folder; of others one file is the checkpoint
FIRST = ("model_file.pth", "model.pth", "best_model.pth")
SHOWN = 12  # speakers in an error


def main():
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions = sys.stdin.buffer
    model = None
    while True:
        head = questions.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return
        question = json.loads(questions.read(LENGTH.unpack(head)[0]))
        sound = b""
        try:
            if "load" in question:
                model = loaded(**question["load"])
                answer = {}
            else:
                rate, sound = spoken(model, **question["say"])
                answer = {"rate": rate, "bytes": len(sound)}
        except ImportError as error:
            answer = {"error": f"{sys.executable} cannot import TTS ({error})", "absent": True}
        except Exception as error:  # whatever it is, it is told, and the next question answered
            answer = {"error": " ".join(str(error).split()) or type(error).__name__}
        data = json.dumps(answer).encode()
        answers.write(LENGTH.pack(len(data)) + data + sound)
        answers.flush()


def loaded(model, download):
    """A model by its folder, file or name."""
    path = Path(model).expanduser()
    if not download:
        os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    from TTS.api import TTS

    if path.exists():
        folder = path if path.is_dir() else path.parent
        config = folder / "config.json"
        if not config.is_file():
            raise ValueError(f"no config.json in {folder}; expected it beside the checkpoint")
        if path.is_dir() and json.loads(config.read_text("utf-8")).get("model") not in WHOLE:
            path = checkpoint(folder)
        return TTS(model_path=str(path), config_path=str(config), progress_bar=False)
    if not model.startswith("tts_models/"):
        raise ValueError(f"no model '{model}': expected a folder, a checkpoint, or a name that begins with tts_models/")
    if not download:
        from trainer.io import get_user_data_dir

        here = get_user_data_dir("tts") / model.replace("/", "--")
        if not any(here.glob("*")):
            raise ValueError(
                f"model '{model}' is not here; set download to fetch it, which accepts its licence, and not offline"
            )
    else:
        os.environ["COQUI_TOS_AGREED"] = "1"  # the person's own word
    return TTS(model, progress_bar=False)


def checkpoint(folder):
    """The one file of a folder that is a model's weights."""
    found = [file for file in sorted(folder.glob("*.pth")) if not file.name.startswith("speakers")]
    first = [file for name in FIRST for file in found if file.name == name]
    if not first and len(found) != 1:
        names = ", ".join(file.name for file in found) or "none"
        raise ValueError(f"{folder} has these checkpoints: {names}; name one of them as the model")
    return (first or found)[0]


def spoken(model, text, language, pace, seed, speaker=None, wav=None):
    """The rate, and float32 samples as bytes."""
    import numpy as np
    import torch

    torch.manual_seed(seed)
    more = {}
    if model.is_multi_lingual:
        if language not in model.languages:
            raise ValueError(f"the model does not speak '{language}'; it speaks {', '.join(model.languages)}")
        more["language"] = language
    if wav is not None:
        if not Path(wav).expanduser().is_file():
            raise ValueError(f"no recording '{wav}' to sound like")
        more["speaker_wav"] = str(Path(wav).expanduser())
    elif speaker is not None or model.is_multi_speaker:
        names = model.speakers or []
        if speaker not in names:
            what = f"no speaker '{speaker}'" if speaker else "it has many speakers"
            some = ", ".join(names[:SHOWN]) + (" and others" if len(names) > SHOWN else "")
            raise ValueError(
                f"{what}: choose one in the setting speakers; the model has {some or 'one, without a name'}"
            )
        more["speaker"] = speaker
    network = model.synthesizer.tts_model
    if hasattr(network, "length_scale"):
        network.length_scale = 1.0 / pace
    elif pace != 1.0:
        more["speed"] = pace
    with torch.inference_mode():
        sound = model.tts(text, split_sentences=False, **more)
    return model.synthesizer.output_sample_rate, np.asarray(sound, "<f4").tobytes()


if __name__ == "__main__":
    main()
