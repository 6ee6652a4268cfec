"""How the panel looks: colours, letters, spaces. Dark and calm, so that the faces are the brightest thing on screen.

One rule: a colour has one meaning everywhere. People have the colours of their subtitles.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from render.overlay import PALETTE

TEXT, DIM, UNHEARD, FAINT = "#e8e4df", "#9a948e", "#6f6863", "#4a4643"
BACK, CARD, LINE = "#171514", "#211e1d", "#2e2a28"
ACCENT, GOOD, WARN, ALARM = "#d9a066", "#8fbf8a", "#e3b35b", "#d9695f"
STATES = {  # in the words of dialogue/floor.py; whatever else somebody is doing is dim
    "speaking": ACCENT,
    **dict.fromkeys(("talking", "onset"), "#7fb3d9"),
    **dict.fromkeys(("paused", "waiting", "speculating", "preparing"), "#b59ad9"),
    **dict.fromkeys(("ducked", "overlap", "hushed"), WARN),
}
LETTERS = 16.0  # pixels at scale 1


def rgba(colour: str, alpha: float = 1.0) -> tuple[float, float, float, float]:
    """'#rrggbb' as four numbers in 0..1."""
    return (*(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)), alpha)


def of_person(index: int) -> str:
    return PALETTE[index % len(PALETTE)]


def of_state(state: str) -> str:
    """The colour of a word of the turn machine."""
    return STATES.get(state, DIM)


def of_level(level_db: float, gate_db: float) -> str:
    """The colour of the meter: below the gate nothing counts, near full scale it distorts."""
    return FAINT if level_db < gate_db else ALARM if level_db > -3.0 else WARN if level_db > -9.0 else GOOD


def letters() -> tuple[Path, Path]:
    """The files of the plain and the bold letters, which come with imgui-bundle (Roboto, Apache-2.0)."""
    folder = Path(find_spec("imgui_bundle").origin).parent / "assets" / "fonts" / "Roboto"
    return folder / "Roboto-Regular.ttf", folder / "Roboto-Bold.ttf"


def dress(imgui, scale: float) -> None:
    """Put colours and spaces on the current imgui context."""
    style = imgui.get_style()
    imgui.style_colors_dark()
    style.window_padding = (14, 12)
    style.frame_padding = (9, 6)
    style.item_spacing = (8, 7)
    style.window_rounding = style.window_border_size = 0
    style.child_rounding = style.popup_rounding = 8
    style.frame_rounding = style.grab_rounding = 6
    style.child_border_size = style.frame_border_size = 0
    style.scrollbar_size, style.scrollbar_rounding = 9, 6
    for names, colour, alpha in (
        (("text",), TEXT, 1.0),
        (("text_disabled",), DIM, 1.0),
        (("window_bg",), BACK, 1.0),
        (("popup_bg",), CARD, 0.99),
        (("child_bg",), CARD, 1.0),
        (("frame_bg", "button", "header", "separator", "border"), LINE, 1.0),
        (("frame_bg_hovered", "frame_bg_active", "button_hovered", "header_hovered"), FAINT, 0.8),
        (("button_active", "header_active"), FAINT, 1.0),
        (("check_mark", "text_selected_bg"), ACCENT, 0.8),
        (("scrollbar_bg",), CARD, 0.0),
        (("scrollbar_grab",), FAINT, 0.7),
        (("modal_window_dim_bg",), "#000000", 0.5),
    ):
        for name in names:
            style.set_color_(getattr(imgui.Col_, name), imgui.ImVec4(*rgba(colour, alpha)))
    style.scale_all_sizes(scale)
    style.font_size_base, style.font_scale_main = LETTERS, scale
