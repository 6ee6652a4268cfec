"""A context, or the names of the packages that are missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_a_headless_context_is_new_enough(ctx):
    assert ctx.version_code >= 330


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="EGL is Linux's")
def test_without_a_driver_the_packages_are_named():
    code = "from render import context, errors\ntry: context.headless()\nexcept errors.NoDisplayError as e: print(e)"
    nowhere = dict(os.environ, __EGL_VENDOR_LIBRARY_FILENAMES="/nonexistent.json")
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=nowhere, capture_output=True, text=True)
    assert "libegl1 libgl1 libgl1-mesa-dri libglx-mesa0 libgbm1" in said.stdout, said.stderr
