"""Voice notes and videos are known by their first bytes and never decoded; what they say is typed."""

from __future__ import annotations

# Ogg (voice notes of WhatsApp), AMR, MP3, WAV, FLAC, Matroska and WebM.
_MARKS = (
    b"OggS",
    b"#!AMR",
    b"ID3",
    b"fLaC",
    b"\x1a\x45\xdf\xa3",
    b"\xff\xfb",
    b"\xff\xf3",
    b"\xff\xf1",
    b"\xff\xf9",
)


def is_recording(head: bytes) -> bool:
    """Whether a file begins like a recording of sound or pictures."""
    return (
        head.startswith(_MARKS)
        or head[4:8] == b"ftyp"  # MP4, M4A, 3GP, MOV
        or (head[:4] == b"RIFF" and head[8:12] in (b"WAVE", b"AVI "))
    )
