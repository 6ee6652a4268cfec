"""A small untrained model: every path is alive, nothing is learned."""

import numpy as np

from motion.models.dual_stream import Config, Model, save, shapes

CONFIG = Config(
    voice=16,
    voice_dilations=(1, 2),
    dialogue=16,
    dialogue_dilations=(1, 4),
    query=8,
    lips=16,
    events=16,
    flow=24,
    phones=5,
)


def weights(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    out = {}
    for name, shape in shapes(CONFIG).items():
        if name.endswith(("gain", "scale")):
            out[name] = np.full(shape, 1.0 if name.endswith("gain") else 0.05)
        elif name.startswith("bank"):
            out[name] = rng.normal(0.0, 0.15, shape)
        else:
            out[name] = rng.normal(0.0, 0.7 / np.sqrt(shape[0]), shape) if len(shape) > 1 else np.zeros(shape)
    out["bank.blinks"] = np.abs(out["bank.blinks"])
    out["bank.blinks"][:, 1] = 1.0
    return {name: np.asarray(array, np.float32) for name, array in out.items()}


def model(folder, styles=(), **changed) -> Model:
    """A Model from a file in `folder`; `changed` arrays replace those of the same name, dots written as __."""
    path = folder / "small.safetensors"
    save(path, CONFIG, weights() | {name.replace("__", "."): array for name, array in changed.items()}, {})
    return Model(path, styles)
