"""The panel beside the picture: people, transcript, text line, sound, latency; and the banner and list of keys over it.

One rule: a panel shows a `Status` and answers with `Command`s and `Wish`es; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imgui_bundle import imgui
from imgui_bundle.python_backends.pygame_backend import PygameRenderer

from app import gauges, theme
from app.keys import SHORTCUTS, SWITCH, Wish
from app.layout import Layout, Rect
from app.live import STAGES, Command, Status
from app.settings import QUALITIES

LINES = 120  # of the transcript: further back the recording knows
LOW = 660  # rows at scale 1: below, the transcript needs the room of all latencies but the total
LONGEST = 2000  # characters of a typed line
FOCUS = 3  # pictures until imgui has given the keyboard to the line: what is typed meanwhile is kept for it
PEAK_FALL_DB = 12.0  # a second
USUAL = "System default"
FIXED = imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_move | imgui.WindowFlags_.no_saved_settings
FLAT = FIXED | imgui.WindowFlags_.no_bring_to_front_on_focus


@dataclass(frozen=True)
class View:
    """What the panel shows beside the status: the window's own state.

    Args:
        personas: of people by name, one line each. notice: what went wrong with the window itself.
        drawing: how the picture is drawn now, such as "720p, 58 fps".
    """

    helping: bool
    quality: str
    drawing: str
    notice: str = ""
    personas: Mapping[str, str] | None = None


class Panel:
    """An imgui context on the current GL context; `close` frees both. Needs an open pygame window."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._context = imgui.create_context()
        io = imgui.get_io()
        io.set_ini_filename("")  # what is kept is in app/settings.py
        io.display_size = 1.0, 1.0
        plain, bold = theme.letters()
        self._plain = io.fonts.add_font_from_file_ttf(str(plain), theme.LETTERS)
        self._bold = io.fonts.add_font_from_file_ttf(str(bold), theme.LETTERS)
        theme.dress(imgui, scale)
        self._renderer = PygameRenderer()
        self._written, self._focus, self._leave = "", 0, False
        self._early = ""  # typed before the line had the keyboard
        self._peak_db, self._wanted = -90.0, []

    @property
    def typing(self) -> bool:
        """Whether the keyboard belongs to the text line."""
        return imgui.get_io().want_text_input or self._focus > 0

    @property
    def under_mouse(self) -> bool:
        """Whether the mouse is over something of ours."""
        return imgui.get_io().want_capture_mouse

    def write(self) -> None:
        """Give the keyboard to the text line with the next picture."""
        self._focus = FOCUS

    def leave(self) -> None:
        """Take it away again."""
        self._leave = True

    def hear(self, event: Any, pygame: Any) -> None:
        """One event of pygame. Text comes as TEXTINPUT, which knows dead keys and input methods; the backend would take
        it from KEYDOWN, which does not."""
        if event.type == pygame.TEXTINPUT and self._focus:
            self._early += event.text
        elif event.type == pygame.TEXTINPUT:
            imgui.get_io().add_input_characters_utf8(event.text)
        elif event.type == pygame.KEYDOWN:
            self._renderer.process_event(pygame.event.Event(pygame.KEYDOWN, key=event.key, unicode=""))
        elif event.type == pygame.WINDOWFOCUSLOST:
            imgui.get_io().add_focus_event(False)
        elif event.type == pygame.WINDOWFOCUSGAINED:
            imgui.get_io().add_focus_event(True)
        elif event.type != pygame.VIDEORESIZE:  # the backend would open the window anew
            self._renderer.process_event(event)

    def draw(
        self, size: tuple[int, int], layout: Layout, status: Status, view: View, passed_s: float
    ) -> tuple[Command | Wish, ...]:
        """Draw over what is on the screen; returns what the person asked for with the mouse or the text line."""
        self._wanted = []
        io = imgui.get_io()
        io.display_size = float(size[0]), float(size[1])
        io.delta_time = max(passed_s, 1e-4)
        fallen = self._peak_db - PEAK_FALL_DB * passed_s
        self._peak_db = max(fallen, status.level_db if not status.muted else -90.0)
        if self._early and not self._focus:
            io.add_input_characters_utf8(self._early)
            self._early = ""
        imgui.new_frame()
        if self._leave:
            imgui.set_window_focus("")
            self._leave, self._focus, self._early = False, 0, ""
        if layout.panel is not None:
            self._panel(layout.panel, layout.over, status, view)
        self._banner(layout.free, status.problem or view.notice, status.news)
        self._marks(layout.free, status, layout.panel is None)
        if view.helping:
            self._help(layout.free)
        imgui.render()
        self._renderer.render(imgui.get_draw_data())
        return tuple(self._wanted)

    def close(self) -> None:
        """Free everything; idempotent."""
        if self._context is not None:
            self._renderer.shutdown()
            imgui.destroy_context(self._context)
            self._context = None

    def _ask(self, kind: str, value: str = "") -> None:
        self._wanted.append(Command(kind, value))

    def _panel(self, place: Rect, over: bool, status: Status, view: View) -> None:
        imgui.set_next_window_pos((place.left, place.top))
        imgui.set_next_window_size((place.width, place.height))
        imgui.set_next_window_bg_alpha(0.96 if over else 1.0)
        imgui.begin("panel", None, FLAT)
        self._buttons(status)
        self._people(status, view)
        line = imgui.get_frame_height_with_spacing()
        stages = STAGES if place.height >= LOW * self._scale else ("total",)
        rows = len(stages) + 2.6
        below = line * 1.25 + self._sound_height() + imgui.get_text_line_height_with_spacing() * rows
        self._transcript(status, max(imgui.get_content_region_avail().y - below, line * 2.6))
        self._line()
        self._sound(status)
        self._title("LATENCY OF THE NEWEST ANSWER")
        gauges.latency(status.stages, stages)
        self._drawing(view)
        imgui.end()

    def _buttons(self, status: Status) -> None:
        gap = imgui.get_style().item_spacing.x
        keys = imgui.get_frame_height()
        width = (imgui.get_content_region_avail().x - 2 * gap - keys) / 2
        if self._button("Unmute" if status.muted else "Mute", width, theme.ALARM if status.muted else None):
            self._ask("mute", SWITCH[not status.muted])
        imgui.same_line()
        recording = bool(status.recording)
        if self._button("Stop recording" if recording else "Record", width, theme.ALARM if recording else None):
            self._ask("record", SWITCH[not recording])
        self._hint(status.recording or "Record the conversation as a film (R)")
        imgui.same_line()
        if self._button("?", keys, None):
            self._wanted.append(Wish("help"))
        self._hint("Keyboard shortcuts (F1)")

    def _button(self, label: str, width: float, colour: str | None) -> bool:
        if colour:
            imgui.push_style_color(imgui.Col_.button, imgui.ImVec4(*theme.rgba(colour, 0.32)))
            imgui.push_style_color(imgui.Col_.button_hovered, imgui.ImVec4(*theme.rgba(colour, 0.48)))
        pressed = imgui.button(label, (width, 0))
        if colour:
            imgui.pop_style_color(2)
        return pressed

    def _hint(self, words: str) -> None:
        if imgui.is_item_hovered(imgui.HoveredFlags_.delay_normal):
            imgui.set_tooltip(words.replace("%", "%%"))

    def _title(self, words: str) -> None:
        imgui.dummy((0, 1))
        gauges.text(words, theme.DIM, self._bold, theme.LETTERS * 0.72)

    def _people(self, status: Status, view: View) -> None:
        self._title("IN THE ROOM")
        right = imgui.get_content_region_avail().x + imgui.get_style().window_padding.x
        for k, name in enumerate(status.names):
            gauges.dot(theme.of_person(k))
            gauges.text(name, theme.TEXT, self._bold)
            feeling = status.feelings[k] if k < len(status.feelings) else ""
            if feeling:
                imgui.same_line()
                gauges.text(feeling, theme.DIM)
            if status.looks == name:
                imgui.same_line()
                gauges.text("you look here", theme.ACCENT, None, theme.LETTERS * 0.84)
            if k < len(status.state):
                gauges.pill(status.state[k], theme.of_state(status.state[k]), right)
            if view.personas and view.personas.get(name):
                imgui.indent(imgui.get_text_line_height() * 0.6 + imgui.get_style().item_spacing.x)
                gauges.wrapped(view.personas[name], theme.DIM)
                imgui.unindent(imgui.get_text_line_height() * 0.6 + imgui.get_style().item_spacing.x)

    def _transcript(self, status: Status, height: float) -> None:
        self._title("CONVERSATION")
        height -= imgui.get_text_line_height_with_spacing()
        imgui.begin_child("transcript", (0, height), imgui.ChildFlags_.always_use_window_padding)
        follow = imgui.get_scroll_y() >= imgui.get_scroll_max_y() - 2  # who scrolled back stays where he reads
        if not status.lines:
            gauges.wrapped("Nothing has been said yet. Speak, or type a line below.", theme.DIM)
        for line in status.lines[-LINES:]:
            who = status.names.index(line.name) if line.name in status.names else len(status.names)
            gauges.text(line.name, theme.of_person(who), self._bold, theme.LETTERS * 0.84)
            gauges.two_toned(line.heard, line.unheard)
            imgui.dummy((0, 1))
        if follow:
            imgui.set_scroll_here_y(1.0)
        imgui.end_child()

    def _line(self) -> None:
        if self._focus == FOCUS:
            imgui.set_keyboard_focus_here()
        self._focus = max(self._focus - 1, 0)
        imgui.set_next_item_width(-1)
        sent, self._written = imgui.input_text_with_hint(
            "##line", "Type instead of talking (Enter)", self._written, imgui.InputTextFlags_.enter_returns_true
        )
        self._written = self._written[:LONGEST]
        if sent:
            if self._written.strip():
                self._ask("type", self._written.strip())
            self._written, self._focus = "", FOCUS  # the next line can follow at once

    def _sound_height(self) -> float:
        return imgui.get_frame_height_with_spacing() * 3 + imgui.get_text_line_height_with_spacing() * 1.9

    def _sound(self, status: Status) -> None:
        self._title("SOUND")
        gauges.meter(status.level_db, self._peak_db, status.gate_db, status.muted)
        level = "muted" if status.muted else f"{status.level_db:.0f} dB"
        self._hint(f"Your microphone: {level}. Beyond the mark ({status.gate_db:.0f} dB) you are heard.")
        self._device("microphone", "Microphone", status.microphones, status.microphone)
        self._device("speaker", "Speaker", status.speakers, status.speaker)
        changed, on = imgui.checkbox("Push to talk: hold Space", status.push_to_talk)
        if changed:
            self._ask("push-to-talk", SWITCH[on])

    def _device(self, kind: str, label: str, known: tuple[str, ...], chosen: str) -> None:
        imgui.set_next_item_width(-1)
        if imgui.begin_combo(f"##{kind}", f"{label}: {chosen or USUAL}"):
            for k, name in enumerate(("", *known)):
                picked, _ = imgui.selectable(f"{name or USUAL}##{k}", name == chosen)
                if picked and name != chosen:
                    self._ask(kind, name)
            imgui.end_combo()

    def _drawing(self, view: View) -> None:
        imgui.dummy((0, 1))
        room = imgui.get_content_region_avail().x
        imgui.set_next_item_width(room * 0.52)
        if imgui.begin_combo("##quality", f"Picture: {view.quality}", imgui.ComboFlags_.height_small):
            for name in QUALITIES:
                if imgui.selectable(name, name == view.quality)[0]:
                    self._wanted.append(Wish(f"quality {name}"))
            imgui.end_combo()
        imgui.same_line()
        imgui.align_text_to_frame_padding()
        gauges.text(view.drawing, theme.DIM)

    def _banner(self, place: Rect, problem: str, news: str) -> None:
        """What is new, in calm colours; else what went wrong, in those of alarm, which stays."""
        if not (problem or news):
            return
        back, ink = (theme.CARD, theme.TEXT) if news else ("#4a2320", "#ffe3dd")
        edge = 16 * self._scale
        width = min(place.width - 2 * edge, 640 * self._scale)
        imgui.set_next_window_pos((place.left + place.width / 2, place.top + edge), pivot=(0.5, 0.0))
        imgui.set_next_window_size((width, 0))
        imgui.push_style_color(imgui.Col_.window_bg, imgui.ImVec4(*theme.rgba(back, 0.96)))
        imgui.push_style_var(imgui.StyleVar_.window_rounding, 8 * self._scale)
        imgui.begin("banner", None, FIXED | imgui.WindowFlags_.no_inputs)
        gauges.wrapped(news or problem, ink)
        imgui.end()
        imgui.pop_style_var()
        imgui.pop_style_color()

    def _marks(self, place: Rect, status: Status, hidden: bool) -> None:
        """In a corner of the picture: that we record, and what a hidden panel would tell."""
        words = [("● REC", theme.ALARM)] if status.recording else []
        if hidden and status.muted:
            words.append(("muted (M)", theme.WARN))
        if hidden and status.looks:
            words.append((f"looking at {status.looks}", theme.ACCENT))
        draw, x = imgui.get_background_draw_list(), place.left + 16 * self._scale
        size, y = theme.LETTERS * self._scale, place.top + 14 * self._scale
        for text, colour in words:
            if text.startswith("●"):  # a disc of our own: no letter of the font looks like it
                draw.add_circle_filled((x + size * 0.35, y + size * 0.5), size * 0.32, gauges.paint(colour))
                x, text = x + size * 0.95, text[2:]
            draw.add_text((x, y), gauges.paint(colour), text)
            x += imgui.calc_text_size(text).x + size

    def _help(self, place: Rect) -> None:
        imgui.set_next_window_pos((place.left + place.width / 2, place.top + place.height / 2), pivot=(0.5, 0.5))
        imgui.set_next_window_focus()
        imgui.push_style_var(imgui.StyleVar_.window_rounding, 10 * self._scale)
        imgui.push_style_var(imgui.StyleVar_.window_padding, (24 * self._scale, 20 * self._scale))
        imgui.push_style_color(imgui.Col_.window_bg, imgui.ImVec4(*theme.rgba(theme.CARD, 0.97)))
        imgui.begin("help", None, FIXED | imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_inputs)
        gauges.text("Keyboard", theme.TEXT, self._bold, theme.LETTERS * 1.25)
        imgui.dummy((0, 4))
        for key, meaning in SHORTCUTS:
            gauges.text(key, theme.ACCENT, self._bold)
            imgui.same_line(96 * self._scale)
            gauges.text(meaning)
        imgui.end()
        imgui.pop_style_color()
        imgui.pop_style_var(2)


def chosen(status: Status, microphone: str, speaker: str) -> tuple[Command, ...]:
    """The commands that bring back devices used last time, where they are plugged in."""
    wanted = (("microphone", microphone, status.microphones), ("speaker", speaker, status.speakers))
    return tuple(Command(kind, name) for kind, name, known in wanted if name and name in known)
