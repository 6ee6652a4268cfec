"""What is done with a transcript before it is believed."""

import pytest

from app.session_work import once


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hello there, how are you today? Hello there, how're you today?", "Hello there, how're you today?"),
        ("what do you like to do? What do you like do?", "What do you like do?"),
        ("Where were you? Where were you?", "Where were you?"),
        ("No, no.", "No, no."),
        ("I like the sea, and you like the hills.", "I like the sea, and you like the hills."),
        ("Wait, stop. I have another question.", "Wait, stop. I have another question."),
        ("", ""),
    ],
)
def test_what_was_written_twice_was_said_once(text, kept):
    assert once(text) == kept
