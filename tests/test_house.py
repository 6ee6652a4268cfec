"""The house keeps its order: imports go down only, and nothing heavy loads before it is needed."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("dialogue", "agents", "motion", "render", "app")
MAY_IMPORT = {
    "dialogue": set(),
    "agents": {"dialogue"},
    "motion": {"dialogue"},
    "render": {"motion.frame"},
    "app": {"dialogue", "agents", "motion", "render"},
}


def imported(source: Path):
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_down_only(room):
    for source in sorted((ROOT / room).rglob("*.py")):
        for name in imported(source):
            other = name.split(".")[0]
            if other in ROOMS and other != room and name != "motion":
                allowed = any(name == a or name.startswith(a + ".") for a in MAY_IMPORT[room])
                assert allowed, f"{source.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("module", ["dialogue.types", "motion.frame"])
def test_the_floor_of_the_house_loads_numpy_and_nothing_heavier(module):
    heavy = ("torch", "onnxruntime", "moderngl", "av", "scipy", "pydantic", "rich", "hibari")
    code = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "[]"


def test_an_installed_program_has_every_file_that_a_clone_has():
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    packed = {path for package in setuptools["packages"] for path in (ROOT / package.replace(".", "/")).glob("*.py")}
    for package, patterns in setuptools["package-data"].items():
        packed |= {path for pattern in patterns for path in (ROOT / package.replace(".", "/")).glob(pattern)}
    tracked = subprocess.check_output(["git", "ls-files", *ROOMS, "scenarios"], cwd=ROOT, text=True).split()
    needed = {ROOT / name for name in tracked if not name.endswith(("README.md", ".jpg")) and "/build/" not in name}
    assert needed <= packed, sorted(str(path.relative_to(ROOT)) for path in needed - packed)


def test_agents_is_ours_and_not_the_openai_agents_package():
    import agents

    assert Path(agents.__file__).is_relative_to(ROOT)
