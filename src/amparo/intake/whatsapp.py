"""A chat exported from WhatsApp (Android or iOS, Spanish or English): its messages, each at its place.

The export writes dates as the telephone is set. Their order is decided from the whole file: by numbers that
are no month, by the year's place, by time that may not run backwards. What stays open is asked for.
"""

from __future__ import annotations

import hashlib
import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import msgspec

from amparo.errors import AmparoError, Issue
from amparo.intake.archive import ZIP, Archive
from amparo.intake.delimited import decode
from amparo.intake.kinds import DateOrder

Kind = Literal["text", "media", "contact", "location", "deleted", "system"]

MEMBERS = 100_000  # files of one chat
_FIRST_YEAR = 2009  # of WhatsApp
_MARKS = "\u200e\u200f\u202a\u202c\ufeff"
_SPACE = "[ \u00a0\u202f]"
# [17/10/24, 15:37:12] or 17/10/2024, 3:37 p. m. -
_HEAD = re.compile(
    rf"^[{_MARKS}]*(?P<open>\[)?(?P<a>\d{{1,4}})(?P<sep>[-./])(?P<b>\d{{1,2}})(?P=sep)(?P<c>\d{{1,4}}),?{_SPACE}+"
    rf"(?P<hour>\d{{1,2}})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?"
    rf"(?:{_SPACE}?(?P<half>[aApP])\.?{_SPACE}?[mM]\.?)?(?(open)\]{_SPACE}?|{_SPACE}[-–]{_SPACE})",
    re.MULTILINE,
)
_AUTHOR = re.compile(r"([^\n:]{1,100}):(?: |$|(?=\n))")


class _Phrase(msgspec.Struct, frozen=True):
    kind: str
    language: str
    pattern: str
    source: str


_PHRASES = msgspec.yaml.decode(
    Path(__file__).parent.joinpath("data", "whatsapp.yml").read_bytes(), type=tuple[_Phrase, ...]
)


def _phrases(kind: str) -> re.Pattern[str]:
    patterns = [phrase.pattern.replace("?P<name>", "") for phrase in _PHRASES if phrase.kind == kind]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_WHOLE: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, _phrases(kind)) for kind in ("contact", "media", "location", "deleted")
)
_NAMED = tuple(re.compile(phrase.pattern) for phrase in _PHRASES if "?P<name>" in phrase.pattern)
_SYSTEM, _NOTICE, _EDITED = _phrases("system"), _phrases("notice"), _phrases("edited")


class Message(msgspec.Struct, frozen=True, array_like=True):
    """One message; system lines are numbered with the rest, without an author and without their words."""

    number: int  # from 1
    at: str  # EDTF: to the minute or second, as the telephone told it, without a zone
    author: str  # as the export names them; "" for the system's lines
    text: str
    start: int  # of what is said in the decoded export, marks and attachments included
    end: int
    kind: Kind = "text"
    attachment: str = ""


class Chat(msgspec.Struct, frozen=True):
    """A whole export."""

    file_name: str
    date_order: DateOrder
    messages: list[Message]
    files: dict[str, str] = {}  # of an archive, but for the chat itself: name and SHA-256
    issues: tuple[Issue, ...] = ()


class _Head(NamedTuple):
    """A line that begins a message, as it stands."""

    figures: tuple[str, str, str]
    time: str
    start: int  # of the line, and of what follows the head
    body: int


def is_chat(head: str) -> bool:
    """Whether a text begins like an exported chat."""
    found = _HEAD.match(head.lstrip(_MARKS + " \r\n\t"))
    return found is not None and _valid(found)


def read_chat(content: bytes, file_name: str, *, date_order: str | None = None) -> Chat:
    """Read an export, as text or as the archive with its files; contact cards are counted, never opened.

    Raises intake.encoding, chat_none, chat_date_order (to be asked), chat_date; for archives those of
    `Archive`, and intake.chat_members.
    """
    if date_order is not None and date_order not in get_args(DateOrder):
        allowed = ", ".join(get_args(DateOrder))
        raise AmparoError("intake.chat_unknown_order", file=file_name, order=date_order, orders=allowed)
    files: dict[str, str] = {}
    if content.startswith(ZIP):
        content, files = _from_archive(content, file_name)
    text = decode(content, file_name)
    heads = _heads(text)
    if not heads:
        raise AmparoError("intake.chat_none", file=file_name)
    order = _order(heads, text, file_name, date_order)
    messages = [
        _message(number, head, end, text, order)
        for number, (head, end) in enumerate(
            zip(heads, [*(after.start for after in heads[1:]), len(text)], strict=True), 1
        )
    ]
    issues = [Issue("intake.chat_order", {"file": file_name, "order": order})] if date_order is None else []
    return Chat(file_name, order, messages, files, tuple(issues))


def _from_archive(content: bytes, file_name: str) -> tuple[bytes, dict[str, str]]:
    """The chat's text and the SHA-256 of each file beside it."""
    archive = Archive(content, file_name, members=MEMBERS)
    texts: list[bytes] = []
    files: dict[str, str] = {}
    for name in archive.names:
        if name.lower().endswith(".txt"):
            whole = archive.read(name)
            if is_chat(whole[:400].decode("utf-8", "replace")):
                texts.append(whole)
                continue
            files[name] = hashlib.sha256(whole).hexdigest()
            continue
        digest = hashlib.sha256()
        for piece in archive.pieces(name):
            digest.update(piece)
        files[name] = digest.hexdigest()
    if len(texts) != 1:
        raise AmparoError("intake.chat_members", file=file_name, number=len(texts))
    return texts[0], files


def _heads(text: str) -> list[_Head]:
    """The lines that begin a message: written like the first one. Others of the kind are words within one."""
    first = None
    heads: list[_Head] = []
    for found in _HEAD.finditer(text):
        style = (found["open"], found["sep"], found["second"] is None)
        if first is None:
            if text[: found.start()].strip(_MARKS + " \r\n\t"):
                break
            first = style
        if style == first and _valid(found):
            figures = (found["a"], found["b"], found["c"])
            heads.append(_Head(figures, _time(found), found.start(), found.end()))
    return heads


def _valid(found: re.Match[str]) -> bool:
    """Whether a head's date is one in any order, and its time one of the day."""
    figures = (found["a"], found["b"], found["c"])
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    return (
        hour < 24
        and minute < 60
        and second < 60
        and any(_day(figures, order) is not None for order in get_args(DateOrder))
    )


def _time(found: re.Match[str]) -> str:
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + 12 * (half == "p")
    seconds = f":{found['second']}" if found["second"] else ""
    return f"{hour:02d}:{found['minute']}{seconds}"


@lru_cache(1 << 16)
def _day(figures: tuple[str, str, str], order: str) -> date | None:
    """The day that three figures name in an order, if there is one on which WhatsApp was."""
    named = dict(zip(order, figures, strict=True))
    if len(named["Y"]) not in (2, 4) or max(len(named["M"]), len(named["D"])) > 2:
        return None
    year = int(named["Y"]) + 2000 * (len(named["Y"]) == 2)
    month, day = int(named["M"]), int(named["D"])
    if not (_FIRST_YEAR <= year < 2100 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def _order(heads: list[_Head], text: str, file_name: str, told: str | None) -> DateOrder:
    """The order of day, month and year that the whole file allows. Raises chat_date_order where two do."""
    runs = [head.figures for head in heads]
    days = {order: {figures: _day(figures, order) for figures in set(runs)} for order in get_args(DateOrder)}
    if told is not None:
        wrong = next((head for head in heads if days[told][head.figures] is None), None)
        if wrong is not None:
            facts = {"row": text.count("\n", 0, wrong.start) + 1, "order": told}
            raise AmparoError("intake.chat_date", file=file_name, **facts)
        return next(order for order in get_args(DateOrder) if order == told)
    possible = [order for order, found in days.items() if None not in found.values()]
    if text[heads[0].start : heads[0].body].count("/") == 2 and len(runs[0][0]) < 3:
        # No locale of Spanish or English writes 24/10/17 for 2024 (Unicode CLDR, short dates).
        possible = [order for order in possible if order != "YMD"]
    if len(possible) > 1:
        backwards = {order: _backwards([days[order][figures] for figures in runs]) for order in possible}
        steady = [order for order in possible if not backwards[order]]
        possible = steady or possible
    if len(possible) == 1 or (possible and all(days[order] == days[possible[0]] for order in possible)):
        return possible[0]
    row = text.count("\n", 0, heads[0].start) + 1
    orders = ", ".join(possible or get_args(DateOrder))
    raise AmparoError("intake.chat_date_order", file=file_name, row=row, orders=orders)


def _backwards(days: list[date | None]) -> int:
    """How often time runs back by more than a day: telephones set anew differ by less."""
    return sum(
        before is not None and after is not None and (before - after).days > 1
        for before, after in pairwise(days)
    )


def _message(number: int, head: _Head, end: int, text: str, order: DateOrder) -> Message:
    day = _day(head.figures, order)
    at = f"{day}T{head.time}"
    found = _AUTHOR.match(text, head.body, end)
    author = found[1].strip(_MARKS + "~ \u00a0\u202f") if found else ""
    if not found or not author or _SYSTEM.search(found[1]):
        return Message(number, at, "", "", head.body, end, "system")
    start = found.end()
    body = text[start:end].rstrip("\n")
    marked = body.startswith("\u200e")
    said = body.lstrip(_MARKS)
    start += len(body) - len(said)
    edited = _EDITED.search(said)
    said = said[: edited.start()].rstrip(_MARKS) if edited and edited.end() == len(said) else said
    bare = said.strip(_MARKS + " ")
    first, _, more = bare.partition("\n")
    # What is written below a picture is a text of the person's own.
    for kind, pattern in _WHOLE:
        if pattern.fullmatch(first.rstrip(_MARKS)):
            attachment = "" if kind == "contact" else _attachment(first)
            text = bare if kind == "location" else more
            return Message(number, at, author, text, start, end, kind, attachment)
    if _NOTICE.match(said) or (marked and _SYSTEM.search(said)):
        return Message(number, at, "", "", start, end, "system")
    return Message(number, at, author, said, start, start + len(said))


def _attachment(line: str) -> str:
    """The file that a message brings, by the name the archive gives it."""
    found = next(filter(None, (pattern.fullmatch(line.strip(_MARKS + " ")) for pattern in _NAMED)), None)
    return (found["name"] or "").strip(_MARKS) if found else ""
