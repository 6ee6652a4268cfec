"""The one class. A word in the text makes it fail, in each way that a model can."""

import os
import signal
import types

import numpy as np
import torch  # noqa: F401, as the real one: it takes seconds, which belong to loading


class TTS:
    is_multi_lingual, languages, is_multi_speaker, speakers = False, None, False, None

    def __init__(self, name="", *, model_path=None, config_path=None, progress_bar=True):
        from agents.tts.hibari import Engine
        from dialogue.types import Feeling

        print("a package that prints")
        self._hibari = Engine()
        list(self._hibari.speak("Hello.", "kofi", Feeling(), 0))  # it loads
        self.synthesizer = types.SimpleNamespace(tts_model=types.SimpleNamespace(), output_sample_rate=24_000)

    def tts(self, text, split_sentences=True, speed=1.0):
        from dialogue.types import Feeling

        if "die" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "hang" in text:
            signal.pause()
        if "fail" in text:
            raise RuntimeError("a tensor\nis of the wrong size")
        if "keys" in text:
            raise RuntimeError(f"the key is {os.environ.get('OPENAI_API_KEY')}")
        return np.concatenate([s.samples for s in self._hibari.speak(text, "kofi", Feeling(), 0)])[::2]
