"""The audit chain: each line's digest covers the line and the digest before it; who acted signs the digest.

An edit, insertion, removal or change of order breaks every digest after it, and no other key makes the
signatures anew. Cutting lines off the end, or rolling the whole study back, shows only against a head kept
outside the study: on paper, in a file, in somebody's memory.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from amparo.errors import AmparoError

# Crockford's base 32: no I, L, O, U, so nothing is misread; what is typed for them is taken as meant.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans("OIL", "011")
_GROUPS, _GROUP = 8, 4  # 160 bits of the digest: two chains of one head cost 2**80
_HEX = _GROUPS * _GROUP * 5 // 4
_STUDY = 12  # hexadecimal digits that tell studies apart in a file of heads
_WRITTEN = re.compile(rf"(\d+) ([0-9a-f]{{64}})(?: (\S+)(?: ([0-9a-f]{{{_STUDY}}}))?)?")
_SPOKEN = re.compile(r"(\d+)[\s:.–—-]+([0-9A-Za-z\s-]+)")


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One act: its place in the chain from 1 on, when (ISO 8601), who, what, and facts without identity.

    `covers` gives the digest of every row the act wrote, and null for one it ended.
    """

    seq: int
    at: str
    actor: str
    act: str
    facts: Mapping[str, str | int | float | bool | None]
    covers: Mapping[str, str | None] = {}


class Entry(NamedTuple):
    """A line as it is kept: with its digest, hexadecimal, and the actor's Ed25519 signature over it."""

    line: Line
    digest: str
    signature: bytes


class Head(NamedTuple):
    """The last line of a chain: its number and its digest, hexadecimal (of a spoken head 40 digits)."""

    seq: int
    digest: str

    def is_of(self, digest: str) -> bool:
        """Whether this is the head that a line with this digest was."""
        return digest.startswith(self.digest)


def digest(previous: str, line: Line) -> str:
    """SHA-256, hexadecimal, over the previous digest (empty for the first line) and the line."""
    content = msgspec.json.encode((previous, line), order="deterministic")
    return hashlib.sha256(content).hexdigest()


def links(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, as long as numbers and digests hold. Raises `vault.audit_broken` at the first fault."""
    previous = ""
    for number, entry in enumerate(entries, 1):
        if entry.line.seq != number or not hmac.compare_digest(digest(previous, entry.line), entry.digest):
            raise AmparoError("vault.audit_broken", seq=number)
        yield entry
        previous = entry.digest


def spoken(head: Head) -> str:
    """A head to read aloud, write by hand and type: the line's number and eight groups of five letters.

    Four letters of a group are 20 bits of the digest, the fifth checks them together with the number and the
    group's place.
    """
    bits = int(head.digest[:_HEX], 16)
    letters = "".join(_LETTERS[bits >> shift & 31] for shift in range(5 * (_GROUPS * _GROUP - 1), -1, -5))
    groups = (letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))
    return " ".join([str(head.seq), *(f"{each}{_check(head.seq, n, each)}" for n, each in enumerate(groups))])


def written(head: Head, at: str, study_id: str) -> str:
    """A head as one line of a file: number, digest, when it was taken (ISO 8601), and of which study."""
    return f"{head.seq} {head.digest} {at} {_mark(study_id)}\n"


def read_heads(text: str, study_id: str) -> list[Head]:
    """The heads in what somebody typed, scanned or kept in a file, one a line, of this study alone.

    Raises `vault.head_unreadable` for a line that is no head, `vault.head_mistyped` with the group (from 1
    on) that is wrong, `vault.head_number` where it is the number.
    """
    heads = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        if plain := _WRITTEN.fullmatch(line):
            if plain[4] in (None, _mark(study_id)):
                heads.append(Head(int(plain[1]), plain[2]))
        else:
            heads.append(_heard(line, number))
    if not heads:
        raise AmparoError("vault.head_unreadable", row=1)
    return heads


def _heard(line: str, number: int) -> Head:
    said = _SPOKEN.fullmatch(line)
    letters = re.sub(r"[\s-]", "", said[2]).upper().translate(_MEANT) if said else ""
    if said is None or len(letters) != _GROUPS * (_GROUP + 1):
        raise AmparoError("vault.head_unreadable", row=number)
    seq = int(said[1])
    groups = [letters[at : at + _GROUP + 1] for at in range(0, len(letters), _GROUP + 1)]
    wrong = [
        n
        for n, each in enumerate(groups)
        if not set(each) <= set(_LETTERS) or _check(seq, n, each[:_GROUP]) != each[_GROUP:]
    ]
    if len(wrong) > _GROUPS // 2:  # a wrong number fails nearly every group, a wrong group itself alone
        raise AmparoError("vault.head_number", number=seq)
    if wrong:
        raise AmparoError("vault.head_mistyped", group=wrong[0] + 1)
    bits = 0
    for letter in "".join(each[:_GROUP] for each in groups):
        bits = bits << 5 | _LETTERS.index(letter)
    return Head(seq, f"{bits:0{_HEX}x}")


def _check(seq: int, place: int, group: str) -> str:
    return _LETTERS[hashlib.sha256(f"{seq} {place} {group}".encode()).digest()[0] & 31]


def _mark(study_id: str) -> str:
    return hashlib.sha256(study_id.encode()).hexdigest()[:_STUDY]
