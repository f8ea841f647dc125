"""Long files through the limited child: a chat of many messages, a list and an article of many pages."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from .hostile import memory_mb


def run(messages: int, pages: int) -> Iterator[dict[str, Any]]:
    """One line a file: its size in MB, what was read, wall and CPU seconds with the child's, memory here."""
    from amparo.intake import documents, participants  # noqa: PLC0415
    from amparo.intake.quarantine import read_quarantined  # noqa: PLC0415

    def chat(content: bytes) -> int:
        found = documents.read_chat(content, "chat.txt", None)
        assert documents.recognise(content, "chat.txt") == "chat"  # noqa: S101
        return sum(1 for _ in participants.listing(found))

    def table(content: bytes) -> int:
        assert documents.recognise(content, "list.pdf") == "list"  # noqa: S101
        return len(read_quarantined(content, "list.pdf").rows)

    def article(content: bytes) -> int:
        return len(documents.read_document(content, "article.pdf", "pdf", documents.Given()).text)

    yield _measured("chat", "messages", _chat(messages), chat)
    yield _measured("list in PDF", "rows", _pdf(pages, as_list=True), table)
    yield _measured("article in PDF", "characters", _pdf(pages, as_list=False), article)


def _measured(name: str, unit: str, content: bytes, read: Callable[[bytes], int]) -> dict[str, Any]:
    from amparo.intake import quarantine  # noqa: PLC0415

    wall, cpu = time.perf_counter(), _cpu()
    number = read(content)
    quarantine.close_all()  # what a child used is known once it was waited for
    return {
        "file": name,
        "mb": round(len(content) / 1e6, 1),
        unit: number,
        "wall_s": round(time.perf_counter() - wall, 2),
        "cpu_s": round(_cpu() - cpu, 2),
        "memory_mb": memory_mb(),
    }


def _cpu() -> float:
    """Seconds of this process and of the children that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _chat(messages: int) -> bytes:
    first = datetime(2023, 1, 1)
    lines = []
    for number in range(messages):
        at = first + timedelta(minutes=number)
        half = "a. m." if at.hour < 12 else "p. m."
        head = f"{at.day}/{at.month}/{at.year}, {at.hour % 12 or 12}:{at.minute:02d}\u202f{half} - "
        lines.append(f"{head}Persona {number % 7} Sintética: mensaje {number}, {'palabra ' * (number % 19)}")
    return "\n".join(lines).encode()


def _pdf(pages: int, *, as_list: bool) -> bytes:
    import pymupdf  # noqa: PLC0415

    with pymupdf.open() as document:
        for number in range(pages):
            page = document.new_page()
            if not as_list:
                page.insert_textbox((50, 50, 550, 780), "En agosto pasó algo sintético en Apopa. " * 90)
                continue
            rows = [("Nombre", "Fecha del hecho", "Municipio")]
            rows += [(f"Persona {number}-{row} Sintética", "5/11/2018", "Apopa") for row in range(30)]
            for line, cells in enumerate(rows):
                for x, text in zip((50, 230, 380), cells, strict=True):
                    page.insert_text((x + 3, 74 + 22 * line), text, fontsize=9)
                page.draw_line((50, 60 + 22 * line), (540, 60 + 22 * line))
            for x in (50, 230, 380, 540):
                page.draw_line((x, 60), (x, 60 + 22 * len(rows)))
        return document.tobytes()
