"""An ONNX graph, changed in its bytes: what it computes inside is made visible, what it draws by chance is handed in.

One rule: weights are neither parsed nor copied apart; only the few fields that change are read.

An ONNX file is a protobuf ModelProto: graph (7) holds node (1), input (11), output (12); a node has input (1),
output (2), op_type (4). Source: onnx.proto3 of ONNX 1.16; protobuf's encoding, "Encoding", protobuf documentation.
"""

from __future__ import annotations

from collections.abc import Iterator

GRAPH, NODE, INPUT, OUTPUT = 7, 1, 11, 12
FLOAT = 1  # TensorProto.FLOAT


def session(model: bytes, threads: int = 1):
    """An onnxruntime.InferenceSession on the CPU that keeps its warnings to itself."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def with_output(model: bytes, tensor: str) -> bytes:
    """The ONNX model with one more graph output.

    Protobuf merges messages that are concatenated, and appends to repeated fields: so it is enough to append a
    ModelProto that holds nothing but graph { output { name } }.
    """
    return model + field(GRAPH, field(OUTPUT, field(1, tensor.encode())))


def with_noise(model: bytes, given: dict[str, str]) -> bytes:
    """The ONNX model whose random nodes take their numbers from new inputs, so that the same numbers give the same
    sound.

    A network draws as many numbers as it needs, and nobody outside knows how many: the given float [1, C, N] is read
    at even steps (Resize, nearest), so any N of at least that many gives independent numbers, and a smaller one
    repeats some.

    Args:
        given: output of a RandomNormalLike node -> name of the input that replaces it.
    Raises:
        ValueError: the graph has no such random node.
    """
    out, left = [], set(given)
    for number, payload in fields(model):
        if number != GRAPH:
            out.append(_kept(number, payload))
            continue
        graph = []
        for inner, node in fields(payload):
            if inner == NODE and isinstance(node, memoryview) and b"RandomNormalLike" in bytes(node[:512]):
                has = list(fields(node))
                like, drawn = (next(bytes(v).decode() for n, v in has if n == wanted) for wanted in (1, 2))
                if drawn in given:
                    left.discard(drawn)
                    graph.append(_resized(given[drawn], like, drawn))
                    continue
            graph.append(_kept(inner, node))
        graph += [field(INPUT, _float3(name)) for name in given.values()]
        out.append(field(GRAPH, b"".join(graph)))
    if left:
        raise ValueError(f"the graph has no RandomNormalLike of {', '.join(sorted(left))}")
    return b"".join(out)


def _resized(noise: str, like: str, out: str) -> bytes:
    """Two nodes that give `out`: the noise in the shape of `like`."""
    shape, mode = f"{out}/shape", field(1, b"mode") + field(4, b"nearest") + varint(20 << 3) + varint(3)
    return b"".join(
        [
            field(NODE, field(1, like.encode()) + field(2, shape.encode()) + field(4, b"Shape")),
            field(
                NODE,
                b"".join(field(1, name.encode()) for name in (noise, "", "", shape))
                + field(2, out.encode())
                + field(4, b"Resize")
                + field(5, mode),
            ),
        ]
    )


def _float3(name: str) -> bytes:
    """ValueInfoProto of a float tensor with three dimensions of any size."""
    shape = field(2, field(1, b"") * 3)
    return field(1, name.encode()) + field(2, field(1, varint(1 << 3) + varint(FLOAT) + shape))


def fields(message: bytes | memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """(number, payload) of each field of a protobuf message: bytes for strings and messages, int for varints.

    Raises:
        ValueError: a field of another kind; ONNX models have none where we look.
    """
    view, at = memoryview(message), 0
    while at < len(view):
        key, at = _read_varint(view, at)
        number, kind = key >> 3, key & 7
        value, at = _read_varint(view, at)
        if kind == 0:
            yield number, value
        elif kind == 2:
            yield number, view[at : at + value]
            at += value
        else:
            raise ValueError(f"protobuf field {number} of kind {kind}; expected a varint or a length")


def _kept(number: int, payload: memoryview | int) -> bytes:
    return varint(number << 3) + varint(payload) if isinstance(payload, int) else field(number, payload)


def _read_varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = view[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def varint(value: int) -> bytes:
    """An unsigned number, seven bits a byte, lowest first."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, payload: bytes | memoryview) -> bytes:
    """A field of bytes: a string or a message."""
    return b"".join([varint(number << 3 | 2), varint(len(payload)), payload])
