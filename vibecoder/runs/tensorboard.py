"""TensorBoard event files of scalars, written record by record and flushed, so that a killed run loses none.

The format is TensorFlow's: TFRecord framing (length and payload, each with a masked CRC-32C) around `Event` messages
of `tensorboard/compat/proto/event.proto`, in protocol-buffer wire form. Writing the few messages that scalars need by
hand keeps machine-learning frameworks out of the host: the writers in use import torch where it is installed.
"""

from __future__ import annotations

import struct
import time
from pathlib import Path

import numpy as np

__all__ = ["EventFile"]

_POLYNOMIAL = 0x82F63B78
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _crc_table()


class EventFile:
    """A new event file in `folder`; older ones there stay, and TensorBoard reads them all in the order of their names.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("events.out.tfevents.*")))
        self._file = (folder / f"events.out.tfevents.{int(time.time())}.{number:04d}.vibecoder").open("xb")
        self._write(_field(3, _BYTES, b"brain.Event:2"))

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """Record `values` by tag at the global `step`."""
        summary = b"".join(_message(1, _field(1, _BYTES, tag.encode()) + _float(2, v)) for tag, v in values.items())
        self._write(_field(2, _VARINT, step) + _message(5, summary))

    def restart(self, step: int) -> None:
        """Tell TensorBoard to forget everything recorded at `step` and after it."""
        self._write(_field(2, _VARINT, step) + _message(7, _field(1, _VARINT, 1)))

    def close(self) -> None:
        self._file.close()

    def _write(self, body: bytes) -> None:
        event = _field(1, _FIXED64, struct.pack("<d", time.time())) + body
        length = struct.pack("<Q", len(event))
        self._file.write(length + _masked_crc(length) + event + _masked_crc(event))
        self._file.flush()


def _field(number: int, kind: int, value: int | bytes) -> bytes:
    head = _varint(number << 3 | kind)
    if isinstance(value, int):
        return head + _varint(value)
    return head + (_varint(len(value)) if kind == _BYTES else b"") + value


def _message(number: int, body: bytes) -> bytes:
    return _field(number, _BYTES, body)


def _float(number: int, value: float) -> bytes:
    with np.errstate(over="ignore"):
        return _field(number, _FIXED32, np.array(value).astype("<f4").tobytes())


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _masked_crc(data: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
