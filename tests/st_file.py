"""safetensors files with Python's own means: what the tests write and check.

A tensor is (dtype, shape, bytes), little-endian.
"""

import json
import pathlib
import struct

SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1}


def pack(tensors, metadata=None):
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def write(path, tensors, metadata=None):
    pathlib.Path(path).write_bytes(pack(tensors, metadata))


def read(path):
    """(tensors, metadata) of a file."""
    raw = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header, data = json.loads(raw[8:8 + size]), raw[8 + size:]
    metadata = header.pop("__metadata__", {})
    return {name: (t["dtype"], t["shape"], data[slice(*t["data_offsets"])])
            for name, t in header.items()}, metadata


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def rows(tensor):
    """The rows of a matrix of F32, each a list of 4-byte strings."""
    dtype, shape, raw = tensor
    assert dtype == "F32" and len(shape) == 2
    words = [raw[i:i + 4] for i in range(0, len(raw), 4)]
    return [words[r * shape[1]:(r + 1) * shape[1]] for r in range(shape[0])]
