"""Picture and panel share a window of any size."""

from hypothesis import given
from hypothesis import strategies as st

from app.layout import Rect, arrange, cover, picture_size, scale_of

edge = st.integers(1, 9000)


def test_a_wide_window_has_the_panel_beside_the_picture():
    found = arrange((1280, 760), True)
    assert found.picture == found.free == Rect(0, 0, 932, 760)
    assert found.panel == Rect(932, 0, 348, 760) and not found.over


def test_a_narrow_window_has_it_over_the_picture_and_the_face_beside_it():
    found = arrange((760, 640), True)
    assert found.over and found.picture == Rect(0, 0, 760, 640) and found.free == Rect(0, 0, 412, 640)
    assert arrange((999, 640), True).over and not arrange((1000, 640), True).over


def test_a_hidden_panel_leaves_everything_to_the_picture():
    found = arrange((1280, 760), False)
    assert found.picture == found.free == Rect(0, 0, 1280, 760) and found.panel is None


def test_large_letters_make_a_wide_panel():
    assert arrange((2560, 1440), True, 2.0).panel.width == 696
    assert arrange((1600, 900), True, 2.0).over


@given(edge, edge, st.booleans(), st.floats(0.5, 4))
def test_nothing_is_ever_outside_or_empty(width, height, panel, scale):
    found = arrange((width, height), panel, scale)
    for rect in (found.picture, found.free, found.panel or found.picture):
        assert rect.left >= 0 and rect.top == 0 and rect.width >= 1 and rect.height == height
        assert rect.left + rect.width <= width


@given(edge, edge, st.integers(16, 4096))
def test_a_picture_can_always_be_drawn_and_fills_its_place(width, height, rows):
    room = Rect(0, 0, width, height)
    size = picture_size(room, rows)
    assert all(e % 2 == 0 and 16 <= e <= 4096 for e in size)
    place = cover(room, size)
    assert place.width >= width and place.height >= height
    assert place.left <= 0 and place.top <= 0


def test_letters_follow_the_screen_until_a_person_chooses():
    assert [scale_of(rows) for rows in (768, 1080, 1200, 1440, 2160, 4320)] == [1, 1, 1, 1.25, 2, 3]
    assert scale_of(2160, 1.25) == 1.25
