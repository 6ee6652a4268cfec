"""The small drawings of the panel that no library has: a level with its gate, bars of latency, words heard and unheard.

One rule: everything is drawn at the cursor of the current imgui window and leaves the cursor below it.
Units are imgui's: pixels at the panel's scale, colours '#rrggbb'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from imgui_bundle import imgui

from app import theme
from app.live import STAGES

FLOOR_DB = -72.0  # left end of the meter; the right end is full scale
STAGE_NAMES = {
    "end_of_turn": "End of turn",
    "asr": "Hearing",
    "llm": "Thinking",
    "tts": "Voice",
    "total": "Total",
}
FULL_MS = 1500.0  # a bar of full length: the slowest that still feels like an answer
TARGET_MS = 700.0  # total from the end of a person's speech to the first sound


def paint(colour: str, alpha: float = 1.0) -> int:
    """A colour as draw lists want it."""
    return imgui.get_color_u32(imgui.ImVec4(*theme.rgba(colour, alpha)))


def text(words: str, colour: str = theme.TEXT, bold: imgui.ImFont | None = None, size: float = 0.0) -> None:
    """One line, exactly as it is (no per cent sign means anything)."""
    imgui.push_style_color(imgui.Col_.text, imgui.ImVec4(*theme.rgba(colour)))
    imgui.push_font(bold, size)
    imgui.text_unformatted(words)
    imgui.pop_font()
    imgui.pop_style_color()


def wrapped(words: str, colour: str = theme.TEXT) -> None:
    """A paragraph."""
    imgui.push_text_wrap_pos(0.0)
    text(words, colour)
    imgui.pop_text_wrap_pos()


def two_toned(heard: str, unheard: str) -> None:
    """A paragraph whose second part is dim: what was never played."""
    if not unheard:
        return wrapped(heard)
    room, blank = imgui.get_content_region_avail().x, imgui.calc_text_size(" ").x
    used = None
    for colour, part in ((theme.TEXT, heard), (theme.UNHEARD, unheard)):
        for word in part.split():
            width = imgui.calc_text_size(word).x
            if used is not None and used + blank + width <= room:
                imgui.same_line(0, blank)
                used += blank + width
            else:
                used = width
            text(word, colour)
    return None


def pill(words: str, colour: str, right: float) -> None:
    """A word on a soft ground, its right edge at `right` of the window; on the current line."""
    size, pad = imgui.calc_text_size(words), imgui.get_text_line_height() * 0.5
    imgui.same_line(right - size.x - 2 * pad)
    at, draw = imgui.get_cursor_screen_pos(), imgui.get_window_draw_list()
    draw.add_rect_filled(at, (at.x + size.x + 2 * pad, at.y + size.y + 2), paint(colour, 0.18), size.y)
    draw.add_text((at.x + pad, at.y + 1), paint(colour), words)
    imgui.dummy((size.x + 2 * pad, size.y + 2))


def dot(colour: str) -> None:
    """A disc as high as small letters, followed by the same line."""
    edge = imgui.get_text_line_height()
    at = imgui.get_cursor_screen_pos()
    imgui.get_window_draw_list().add_circle_filled((at.x + edge * 0.3, at.y + edge * 0.52), edge * 0.24, paint(colour))
    imgui.dummy((edge * 0.6, edge))
    imgui.same_line()


def share(level_db: float) -> float:
    """Where a level lies on the meter, 0..1."""
    return min(max((level_db - FLOOR_DB) / -FLOOR_DB, 0.0), 1.0)


def meter(level_db: float, peak_db: float, gate_db: float, muted: bool) -> None:
    """The level of the microphone, its recent peak, and a mark where the gate opens."""
    width, height = imgui.get_content_region_avail().x, imgui.get_text_line_height() * 0.62
    at, draw = imgui.get_cursor_screen_pos(), imgui.get_window_draw_list()
    low, round_ = at.y + height, height * 0.4
    draw.add_rect_filled(at, (at.x + width, low), paint(theme.LINE), round_)
    if not muted:
        colour = theme.of_level(level_db, gate_db)
        if share(level_db) > 0.01:
            draw.add_rect_filled(at, (at.x + width * share(level_db), low), paint(colour), round_)
        if share(peak_db) > 0.01:
            x = at.x + width * share(peak_db)
            draw.add_line((x, at.y), (x, low), paint(theme.of_level(peak_db, gate_db)), 2)
    gate = at.x + width * share(gate_db)
    draw.add_line((gate, at.y - 3), (gate, low + 3), paint(theme.TEXT, 0.75), 1.5)
    imgui.dummy((width, height + 3))


def latency(stages: Mapping[str, float], shown: Sequence[str] = STAGES) -> None:
    """A bar and milliseconds for each stage of the newest answer."""
    room, line = imgui.get_content_region_avail().x, imgui.get_text_line_height()
    names, numbers = line * 5.2, line * 4.0
    for stage in shown:
        ms = stages.get(stage)
        total = stage == "total"
        text(STAGE_NAMES[stage], theme.TEXT if total else theme.DIM)
        imgui.same_line(names + imgui.get_style().window_padding.x)
        at, draw, full = imgui.get_cursor_screen_pos(), imgui.get_window_draw_list(), room - names - numbers
        top, low = at.y + line * 0.34, at.y + line * 0.72
        draw.add_rect_filled((at.x, top), (at.x + full, low), paint(theme.LINE), 3)
        if ms is not None:
            slow = total and ms > TARGET_MS
            colour = theme.WARN if slow else theme.GOOD if total else theme.ACCENT
            long = max(full * min(max(ms, 0.0) / FULL_MS, 1.0), 2)
            draw.add_rect_filled((at.x, top), (at.x + long, low), paint(colour, 0.9), 3)
        words = "–" if ms is None else f"{ms:.0f} ms"
        width = imgui.calc_text_size(words).x
        draw.add_text((at.x + full + numbers - width, at.y), paint(theme.TEXT if total else theme.DIM), words)
        imgui.dummy((full, line))
