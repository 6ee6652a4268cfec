"""A program that pulls one file from a server, and tells each thing it is told: `pulling.py URL SIZE SHA256`."""

import sys

from agents import model_pull, models
from shelf import QUICK


def told(stage, done, total):
    print(stage, done, total, flush=True)


url, size, sha256 = sys.argv[1:]
models.MANIFEST["tiny"] = models.ModelFile((), int(size), sha256, "MIT", "", (models.Web(url),), "tiny/tiny.bin")
models.MODELS["tiny"] = models.Model("tts", ("tiny",))
model_pull.pull("tiny", told, QUICK)
