"""A display of its own in memory, and what is on it: Xvfb writes its screen into a file as xwd does."""

import os
import subprocess
from contextlib import contextmanager

import numpy as np


@contextmanager
def display(folder, size=(1280, 800)):
    """The name of a display whose pixels lie in a folder."""
    ours, theirs = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "{}x{}x24".format(*size), "-fbdir", folder]
        + ["-nolisten", "tcp"],
        pass_fds=[theirs],
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    with os.fdopen(ours) as told:
        number = told.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def pixels(folder):
    """What is on the screen now, uint8 [height, width, 3]. Source of the layout: X11/XWDFile.h."""
    data = (folder / "Xvfb_screen0").read_bytes()
    head = np.frombuffer(data, ">u4", 25)
    start, width, height, line, colours = head[0] + 12 * head[19], head[4], head[5], head[12], head[19]
    assert (head[1], head[11], head[7]) == (7, 32, 0), "32 bits a pixel, lowest byte first"
    assert colours == head[18] or colours
    rows = np.frombuffer(data, np.uint8, line * height, start).reshape(height, line)
    return rows.reshape(height, -1, 4)[:, :width, 2::-1].copy()
