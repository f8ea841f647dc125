"""The audit chain and the health page in words: who did what, and how a study is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from amparo.report.catalogue import day, say, sentences, slots, word, write

# Facts of acts that are codes, and the family of words each comes from; several codes are joined by commas.
_CODED = {
    "part": "part",
    "roles": "role",
    "purpose": "purpose",
    "use": "use",
    "decision": "decision",
    "compartments": "compartment",
}
_MEGABYTE, _GIGABYTE = 1e6, 1e9


def act(lang: str, name: str, facts: Mapping[str, Any]) -> str:
    """One act as a sentence. A fact that older lines do not have is a dash."""
    code = f"act.{name}"
    return say(
        lang, code, **{fact: _fact(lang, fact, facts.get(fact)) for fact in slots(sentences(lang)[code])}
    )


def _fact(lang: str, name: str, value: Any) -> Any:
    if value and name in _CODED:
        return [word(lang, _CODED[name], code) for code in str(value).split(",")]
    if name == "user" and value:
        return word(lang, "person", str(value))
    return value


def health(lang: str, page: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A health page, as msgspec writes it, as (what, how it is) in its order, without what is unknown."""
    for part, content in page.items():
        if part != "advice" and content is not None:
            yield from _lines(lang, f"health.{part}", content)


def _lines(lang: str, code: str, content: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(content, Mapping):
        yield say(lang, code), _value(lang, code, content)
    elif code in sentences(lang):
        # Numbers of each kind: one line.
        family = "slot" if code.endswith("kinds") else "role"
        yield (
            say(lang, code),
            ", ".join(f"{write(lang, n)} {word(lang, family, k)}" for k, n in content.items()),
        )
    else:
        for name, value in content.items():
            yield from _lines(lang, f"{code}.{name}", value)


def _value(lang: str, code: str, value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return write(lang, value)
    if code.endswith(("bytes", ".database", ".wal", ".free")):
        unit, size = ("gigabytes", _GIGABYTE) if value >= _GIGABYTE else ("megabytes", _MEGABYTE)
        return say(lang, f"health.{unit}", number=round(value / size, 1))
    if code.endswith((".at", ".newest")):
        return day(lang, value)
    if isinstance(value, str):
        return word(lang, code, value)
    return write(lang, value)
