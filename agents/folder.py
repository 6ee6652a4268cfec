"""Which engines a folder of agents holds: one module each, found by its file name.

One rule: nothing is imported to find them, so that an engine whose packages are missing costs nothing and hides nothing.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from dialogue.errors import EngineError, did_you_mean


def engines(init: str) -> tuple[str, ...]:
    """The names of all modules beside `init`, a package's __file__, that define a class Engine."""
    here = Path(init).parent
    return tuple(sorted(p.stem for p in here.glob("*.py") if re.search(r"^class Engine\b", p.read_text("utf-8"), re.M)))


def made(stage: str, name: str, settings: Mapping[str, object]) -> Any:
    """An engine of agents/`stage`/, with its settings.

    Raises:
        EngineError: it has no such setting.
    """
    kind = import_module(f"agents.{stage}.{name}").Engine
    known = list(inspect.signature(kind).parameters)
    for setting in settings:
        if setting not in known:
            mend = did_you_mean(setting, known) or "; it has none"
            raise EngineError(f"{stage} engine '{name}' has no setting '{setting}'{mend}")
    return kind(**settings)
