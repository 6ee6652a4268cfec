"""Opens the real window on the display it is given, plays a person at it, and tells what came of it as JSON."""

import gc
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
from fake_conversation import FakeConversation

from app.picture import Room
from app.settings import Settings
from app.window import Window
from render.scene import Seat

AVATARS = Path(__file__).resolve().parents[1] / "render" / "avatars"


def main(picture):
    conversation = FakeConversation(problem="The microphone was unplugged.")
    room = Room((Seat(AVATARS / "maya.glb"),), personas={"Ada": "100 % awake %s"})
    told = {}
    with Window(conversation, room, Settings(size=(1100, 640), microphone="Built-in audio")) as window:
        import pygame
        from OpenGL import GL

        def press(key, text=""):
            for kind in (pygame.KEYDOWN, pygame.KEYUP):
                pygame.event.post(pygame.event.Event(kind, key=key, unicode=text, mod=0))
            if text:
                pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=text))
            assert window.step()

        for _ in range(3):
            assert window.step()
        first = window.pixels().astype(int)
        for _ in range(12):
            assert window.step()
        second = window.pixels()
        told["skin"], told["moved"] = skin(first), float(np.abs(second - first)[:, :740].mean())
        told["panel"] = float(second[:, 760:].mean())
        press(pygame.K_m)
        press(pygame.K_1)
        for place in ((370, 280), (60, 60), (900, 300)):  # her face, the wall, the panel
            pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=place, button=1))
            pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONUP, pos=place, button=1))
            assert window.step()
        press(pygame.K_r)
        press(pygame.K_p)
        press(pygame.K_SPACE)
        press(pygame.K_RETURN)
        for letter in "mö":  # letters, not commands, while somebody types
            press(ord(letter), letter)
        for _ in range(4):
            assert window.step()
        press(pygame.K_RETURN)
        assert window.step()
        press(pygame.K_ESCAPE)  # leaves the line, not the window
        for _ in range(3):
            assert window.step()
        press(pygame.K_F1)
        assert window.step()  # imgui measures a window that fits its words before it shows it
        helping = window.pixels().astype(int)
        press(pygame.K_F1)
        told["help"] = float(np.abs(window.pixels() - helping)[200:440, 300:500].mean())
        press(pygame.K_TAB)
        for _ in range(12):
            assert window.step()
        told["wide"] = window._picture.size[0] / window._picture.size[1]
        from PIL import Image

        Image.fromarray(window.pixels()).save(picture)
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, unicode="", mod=0))
        told["open"] = window.step()
        told["error"] = window.screen.ctx.error
        window._panel.close()
        window._picture.release()
        gc.collect()
        left = [type(thing).__name__ for thing in window.screen.ctx.objects]
        told["left"] = [name for name in left if name != "InvalidObject"]
        told["textures"] = [k for k in range(1, 200) if GL.glIsTexture(k)]
        told["buffers"] = [k for k in range(1, 200) if GL.glIsBuffer(k)]
        told["panel_kept"] = window.settings.panel
    told["done"] = [asdict(command) for command in conversation.done]
    print(json.dumps(told))


def skin(image):
    """How much of the middle of the picture is skin."""
    r, g, b = (image[200:400, 250:500, k] for k in range(3))
    return float(((r > 120) & (r > g + 15) & (g > b) & (r - b > 40)).mean())


main(sys.argv[1])
