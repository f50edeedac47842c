"""A real, silent Ogg Opus file, written by hand (RFC 3533 and RFC 7845), so that a browser has something to play."""

import struct

#: one 20 ms frame of silence: wideband mono, code 3 would hold more
_SILENCE = b"\xf8\xff\xfe"
_SAMPLES = 960  # of a frame, always counted at 48 kHz
_SKIP = 312  # samples that a decoder throws away at the beginning
_FIRST, _LAST = 2, 4


def silent_opus(milliseconds: int = 200) -> bytes:
    """An Ogg Opus file that lasts this long, rounded up to 20 ms."""
    frames = -(-milliseconds // 20) + 1  # one more, for what is thrown away
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, _SKIP, 48000, 0, 0)
    vendor = b"voorbeeld"
    tags = struct.pack("<8sI", b"OpusTags", len(vendor)) + vendor + struct.pack("<I", 0)
    pages = [_page(0, 0, _FIRST, [head]), _page(1, 0, 0, [tags])]
    numbered = list(range(0, frames, 50))
    for number, first in enumerate(numbered, 2):
        count = min(50, frames - first)
        position = _SKIP + milliseconds * 48 if first == numbered[-1] else (first + count) * _SAMPLES
        flags = _LAST if first == numbered[-1] else 0
        pages.append(_page(number, position, flags, [_SILENCE] * count))
    return b"".join(pages)


def _page(number: int, position: int, flags: int, packets: list[bytes]) -> bytes:
    """One Ogg page; every packet here is shorter than 255 bytes, so each is one segment."""
    lengths = bytes(len(packet) for packet in packets)
    start = struct.pack("<4sBBqII", b"OggS", 0, flags, position, 1, number)
    rest = bytes([len(lengths)]) + lengths + b"".join(packets)
    return start + struct.pack("<I", _checksum(start + bytes(4) + rest)) + rest


def _checksum(page: bytes) -> int:
    """CRC-32 as Ogg has it: polynomial 0x04c11db7, nothing reflected, begun and ended with 0."""
    found = 0
    for byte in page:
        found ^= byte << 24
        for _ in range(8):
            found = (found << 1) ^ (0x04C11DB7 if found & 0x80000000 else 0)
        found &= 0xFFFFFFFF
    return found
