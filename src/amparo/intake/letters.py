"""Letters of a picture, by a Tesseract that is installed on this machine; nothing touches the disk.

What it gets was drawn anew in a limited child, from pixels alone. Its reading is a first draft: it keeps its
place, and a person corrects it.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from itertools import groupby

from amparo.errors import AmparoError
from amparo.intake.passages import Region

_LANGUAGES = ("spa", "eng")
_SECONDS = 120  # for a page
_MEMORY = 2 << 30
_LEAST = 30.0  # of 100: how sure Tesseract is of a word that is kept


def read_letters(pages: Sequence[bytes], file_name: str) -> tuple[Region, ...]:
    """The lines of each page (PNG), each with its place. Raises intake.no_ocr, ocr_failed."""
    program = shutil.which("tesseract")
    if program is None:
        raise AmparoError("intake.no_ocr", file=file_name)
    known = set(_run([program, "--list-langs"], b"", file_name).split())
    languages = "+".join(language for language in _LANGUAGES if language in known)
    if not languages:
        raise AmparoError("intake.no_ocr", file=file_name)
    regions: list[Region] = []
    for number, page in enumerate(pages, 1):
        told = _run([program, "stdin", "stdout", "-l", languages, "tsv"], page, file_name)
        regions += _lines(told, number)
    return tuple(regions)


def _run(words: list[str], given: bytes, file_name: str) -> str:
    environment = {name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX") if name in os.environ}
    try:
        done = subprocess.run(
            words,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
            env=environment | {"OMP_THREAD_LIMIT": "1"},
            cwd="/",
            preexec_fn=_limit,
        )
    except (subprocess.SubprocessError, OSError):
        raise AmparoError("intake.ocr_failed", file=file_name) from None
    return done.stdout.decode("utf-8", "replace")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _lines(told: str, page: int) -> Iterator[Region]:
    """Lines from Tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, …"""
    rows = [row for line in told.splitlines()[1:] if len(row := line.split("\t")) == 12]
    size = next(((int(row[8]), int(row[9])) for row in rows if row[0] == "1"), None)
    if size is None:
        return
    width, height = size
    words = [row for row in rows if row[0] == "5" and row[11].strip() and float(row[10]) >= _LEAST]
    for _, line in groupby(words, key=lambda row: row[2:5]):
        whole = list(line)
        lefts, tops = [int(row[6]) for row in whole], [int(row[7]) for row in whole]
        rights = [int(row[6]) + int(row[8]) for row in whole]
        bottoms = [int(row[7]) + int(row[9]) for row in whole]
        yield Region(
            words=" ".join(row[11].strip() for row in whole),
            page=page,
            x0=round(min(lefts) / width, 4),
            y0=round(min(tops) / height, 4),
            x1=round(min(1, max(rights) / width), 4),
            y1=round(min(1, max(bottoms) / height), 4),
        )
