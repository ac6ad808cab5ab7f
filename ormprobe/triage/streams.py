"""A stream whose beginning was looked at, read as if it had not been."""

from __future__ import annotations

import io
from typing import BinaryIO


class Rewound(io.RawIOBase):
    """`head`: the first bytes, at most `size`; reading starts with them. For pipes as well."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self.head = stream.read(size) or b""
        self._left = memoryview(self.head)

    def opened(self) -> BinaryIO:
        """The whole stream, buffered."""
        return io.BufferedReader(self, buffer_size=1 << 20)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._left:
            count = min(len(buffer), len(self._left))
            buffer[:count] = self._left[:count]
            self._left = self._left[count:]
            return count
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)
