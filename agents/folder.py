"""Which engines a folder of agents holds: one module each, found by its file name.

One rule: nothing is imported to find them, so that an engine whose packages are missing costs nothing and hides nothing.
"""

from __future__ import annotations

import re
from pathlib import Path


def engines(init: str) -> tuple[str, ...]:
    """The names of all modules beside `init`, a package's __file__, that define a class Engine."""
    here = Path(init).parent
    return tuple(sorted(p.stem for p in here.glob("*.py") if re.search(r"^class Engine\b", p.read_text("utf-8"), re.M)))
