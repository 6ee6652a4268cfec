"""An ONNX graph, changed in its bytes: a tiny model stands for the large ones."""

import numpy as np
import pytest

from agents.tts.graph import field, fields, session, varint, with_noise, with_output


def value(name):
    """A float tensor [?, ?, ?] of that name."""
    return field(1, name) + field(2, field(1, varint(1 << 3) + varint(1) + field(2, field(1, b"") * 3)))


def node(operator, into, out):
    return field(1, b"".join(field(1, name) for name in into) + field(2, out) + field(4, operator))


# x -> drawn (as many random numbers as x has) -> y = drawn + x
GRAPH = (
    node(b"RandomNormalLike", [b"x"], b"drawn")
    + node(b"Add", [b"drawn", b"x"], b"y")
    + field(2, b"tiny")
    + field(11, value(b"x"))
    + field(12, value(b"y"))
)
MODEL = varint(1 << 3) + varint(8) + field(7, GRAPH) + field(8, varint(2 << 3) + varint(15))


def test_numbers_and_messages_are_read_as_they_were_written():
    message = varint(3 << 3) + varint(300) + field(15, b"x" * 200) + field(1, b"")
    assert [(n, v if isinstance(v, int) else bytes(v)) for n, v in fields(message)] == [
        (3, 300),
        (15, b"x" * 200),
        (1, b""),
    ]


def test_a_field_that_onnx_does_not_use_is_refused():
    with pytest.raises(ValueError, match="field 1 of kind 5"):
        list(fields(varint(1 << 3 | 5) + b"\0\0\0\0"))


def test_what_is_computed_inside_becomes_an_output():
    ran = session(with_output(MODEL, "drawn"))
    y, drawn = ran.run(None, {"x": np.ones((1, 2, 3), np.float32)})
    assert np.allclose(y, drawn + 1)


@pytest.mark.parametrize("given, read", [(4, [0, 1, 2, 3]), (8, [0, 2, 4, 6]), (2, [0, 0, 1, 1])])
def test_chance_is_handed_in_and_fits_whatever_its_length(given, read):
    ran = session(with_noise(MODEL, {"drawn": "noise"}))
    noise = np.arange(2 * given, dtype=np.float32).reshape(1, 2, given)
    (y,) = ran.run(None, {"x": np.zeros((1, 2, 4), np.float32), "noise": noise})
    assert y[0].tolist() == [read, [given + i for i in read]]


def test_a_graph_without_that_chance_is_an_error_that_names_it():
    with pytest.raises(ValueError, match="no RandomNormalLike of other"):
        with_noise(MODEL, {"drawn": "noise", "other": "more"})
