"""Quantities as the press writes them, with bounds: "at least nine", "decenas", "US$300 to US$400".

What is vague gets wide bounds, never a point. A lower bound of "dozens" is two of them (24), of "decenas" 20.
"About" allows one unit of the number's last figure that is not 0 on either side (71,500: 71,400 to 71,600),
"nearly" the same below. "More than" and "fewer than" exclude the number itself where things are counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from amparo.errors import AmparoError
from amparo.values.numerals import NUMBER, listed, number, words
from amparo.values.text import level


class Quantity(NamedTuple):
    """The least and the most that the words allow; None where they set no bound.

    `unit` is empty for counts and rates, "percent", "share" (a part of 1), "ratio", or money ("USD",
    "USD/month"). `per` is the denominator: 100000 for a rate, 10 for "four in ten" (unit "share"), 100 for
    "one police to 100 gang members" (unit "ratio"). `about` says that the words gave no exact number.
    """

    low: Decimal | None
    high: Decimal | None
    unit: str = ""
    per: Decimal | None = None
    about: bool = False

    def __str__(self) -> str:
        """The canonical text: "855", "9..", "~940..960", "300..400 USD/month", "60.8/100000"."""
        ends = ["" if end is None else f"{end.normalize():f}" for end in (self.low, self.high)]
        text = ends[0] if self.low == self.high and ends[0] else "..".join(ends)
        per = "" if self.per is None else f"/{self.per:f}"
        return f"{'~' * self.about}{text}{per}{' ' * bool(self.unit)}{self.unit}"


class Found(NamedTuple):
    """A quantity in running text, from `start` to `end`."""

    start: int
    end: int
    quantity: Quantity


def parse_quantity(text: str, *, language: str = "en") -> Quantity:
    """Read one quantity, in words or in its canonical text.

    `language` decides "1.043" (es: a thousand and 43, en: one and a little). Raises `quantity.unreadable`.
    """
    if canonical := _CANONICAL.fullmatch(text.strip()):
        quantity = _from_canonical(canonical)
        if quantity is not None:
            return quantity
    bare = text.strip(" .,;:\"'“”")
    for found in find_quantities(bare, language=language):
        if found.start == 0 and not level(bare[found.end :]).strip(" .,;"):
            return found.quantity
    alone = re.fullmatch(NUMBER(), level(bare))
    value = alone and number(alone[0], language)
    if value is None:
        raise AmparoError("quantity.unreadable", value=text)
    return Quantity(value, value)


def find_quantities(text: str, *, language: str = "en") -> Iterator[Found]:
    """Every quantity of a running text, in order, the longest form where several begin.

    A bare "one", "un", "una" is an article more often than a number: it counts only as part of a form
    ("one in ten", "at least one"). Years, ages and days are numbers too: the caller leaves them out.
    """
    flat, at = level(text), 0
    while match := _pattern().search(flat, at):
        form = next(name for name, value in match.groupdict().items() if value is not None and name in _FORMS)
        quantity = _FORMS[form](match, language)
        alone = form == "share" and quantity is None and _alone().match(flat, match.start())
        value = number(alone[0], language) if alone else None
        if alone and value is not None and alone[0][0].isdigit():
            # "86.5 in 2011" is a number and a year.
            yield Found(match.start(), alone.end(), Quantity(value, value))
            at = alone.end()
            continue
        if quantity is None:
            at = match.end() if form == "count" else match.start() + 1
            continue
        yield Found(match.start(), match.end(), quantity)
        at = match.end()


_CANONICAL = re.compile(
    r"(?P<about>~)?(?P<low>-?\d+(?:\.\d+)?)?(?P<dots>\.\.)?(?P<high>-?\d+(?:\.\d+)?)?(?:/(?P<per>\d+(?:\.\d+)?))?"
    r"(?: (?P<unit>percent|share|ratio|[A-Z]{3}(?:/(?:day|month|year))?))?"
)


def _from_canonical(match: re.Match[str]) -> Quantity | None:
    low, high = (Decimal(match[end]) if match[end] else None for end in ("low", "high"))
    if match["dots"] is None:
        if low is None or high is not None:
            return None
        high = low
    if low is None and high is None:
        return None
    per = Decimal(match["per"]) if match["per"] else None
    return Quantity(low, high, match["unit"] or "", per, bool(match["about"]))


@cache
def _pattern() -> re.Pattern[str]:
    """All forms as one pattern; the order of alternatives is the order of preference."""
    num = NUMBER()
    bound = _any([text for texts in listed("bounds").values() for text in texts])
    coin, coins = (
        _any([text for text in words("currencies") if text[-1] == "$" or text in ("€", "usd")]),
        _any(words("currencies")),
    )
    period = _any(list(words("periods")))
    every = r"(?:every |each )?"
    share = rf"(?:in|out of|of every|of each|of the|de cada|por cada|de los|de las|de) {every}"
    # A number joined to letters or to a further figure is part of a name or a date (MS-13, 2018-09).
    edge, end = r"(?<![\w.,/$-])(?<!\d[-–])", r"(?![\w$]|[.,/-]\d|-\w)"
    return re.compile(
        rf"{edge}(?:"
        rf"(?P<money>(?:(?:{bound}|between|entre|from|de) )?(?:{coin} ?{num}|{num} (?:de )?{coins}(?!\w))"
        rf"(?:(?: ?- ?| to | and | y | a )(?:{coin} ?)?{num}(?: (?:de )?{coins})?)?(?:,? {period})?)"
        rf"|(?P<money2>(?:{bound} )?(?:(?:between|entre|from|de) )?{num}(?: ?- ?| to | and | y | a )"
        rf"{num} (?:de )?{coins}(?:,? {period})?)"
        rf"|(?P<percent>(?:(?:{bound}|between|entre|from|de|del|el) )?{num}"
        rf"(?:(?: ?- ?| to | and | y | a ){num})? ?(?:%|percent|per cent|por ciento))"
        rf"|(?P<rate>(?:{bound} )?{num}(?: [a-z]+){{0,2}}? (?:per|por(?: cada)?) (?P<per>100[.,]?000|100 mil"
        rf"|cien mil|1[.,]?000|mil|million|millon de)(?: (?:inhabitants|people|persons|residents|population"
        rf"|habitantes|personas))?)"
        rf"|(?P<majority>{_any(listed('majority')['values'])}|(?<!\w )most(?= in | on )|(?<=, )most(?= of | "
        r"were | had ))"
        rf"|(?P<fraction>(?:{bound} )?{_any(list(words('fractions')))})"
        r"|(?P<ratio>(?:one|uno?|una|1) [a-z]+(?: [a-z]+)? (?:to|for every|por cada|frente a) "
        rf"{num}(?= [a-z]|$))"
        rf"|(?P<share>(?:{bound} )?{num} {share}{num}(?! de (?:enero|febrero|marzo|abril|mayo|junio|julio"
        rf"|agosto|sep|oct|nov|dic)))"
        rf"|(?P<range>(?:between|entre) {num} (?:and|y) {num})"
        rf"|(?P<plural>(?:by the |por )?{_any(list(words('plurals')))}(?: de(?= \w))?(?!\w))"
        rf"|(?P<collective>(?:{bound} )?{_any(list(words('collectives')))})"
        rf"|(?P<several>{_any(listed('several')['values'])})"
        rf"|(?P<count>(?:(?P<bound>{bound}) (?:the |los |las )?)?{num}(?P<more> (?:or more|o mas))?)"
        rf"){end}"
    )


@cache
def _alone() -> re.Pattern[str]:
    """A number by itself."""
    return re.compile(NUMBER())


def _any(texts: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)) + ")"


def _longest(group: str, text: str) -> str:
    """The longest word of a group that stands in a text."""
    return max((each for each in words(group) if each in text), key=len)


def _numbers(match: re.Match[str], language: str) -> list[Decimal]:
    """The numbers of the words, bounds and articles put aside."""
    texts = re.findall(NUMBER(), match[0].removesuffix("por ciento"))
    return [value for value in (number(text, language) for text in texts) if value is not None]


def _bound_of(text: str) -> str | None:
    for name, texts in listed("bounds").items():
        if any(text.startswith(f"{start} ") for start in texts):
            return name
    return None


def _bounded(value: Decimal, bound: str | None, unit: str = "", per: Decimal | None = None) -> Quantity:
    """The number with what its bound allows; a step is 1 where things are counted, nothing where measured."""
    step = Decimal(0) if unit or per is not None or value != value.to_integral_value() else Decimal(1)
    wide = _last_figure(value)
    ends: dict[str | None, tuple[Decimal | None, Decimal | None]] = {
        None: (value, value),
        "at_least": (value, None),
        "more_than": (value + step, None),
        "at_most": (None, value),
        "less_than": (None, max(value - step, Decimal(0))),
        "about": (max(value - wide, Decimal(0)), value + wide),
        "nearly": (max(value - wide, Decimal(0)), value),
    }
    return Quantity(*ends[bound], unit, per, bound in ("about", "nearly"))


def _last_figure(value: Decimal) -> Decimal:
    """One unit of the last figure that is not 0: 100 for 71,500, 1 for 953, 0.1 for 50.3."""
    exponent = value.normalize().as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)


def _range(match: re.Match[str], language: str, unit: str = "") -> Quantity | None:
    values = _numbers(match, language)
    if len(values) == 2 and values[0] < values[1]:
        return Quantity(values[0], values[1], unit)
    return None


def _money(match: re.Match[str], language: str) -> Quantity | None:
    text = match[0]
    code = next(
        code
        for coin, code in sorted(words("currencies").items(), key=lambda each: -len(each[0]))
        if coin in text
    )
    period = next((each for name, each in words("periods").items() if text.endswith(name)), None)
    unit = f"{code}/{period}" if period else code
    values = _numbers(match, language)
    if len(values) == 2:
        return _range(match, language, unit)
    return _bounded(values[0], _bound_of(text), unit) if values else None


def _percent(match: re.Match[str], language: str) -> Quantity | None:
    values = _numbers(match, language)
    if len(values) == 2:
        return _range(match, language, "percent")
    return _bounded(values[0], _bound_of(match[0]), "percent") if values else None


def _rate(match: re.Match[str], language: str) -> Quantity | None:
    values = _numbers(match, language)
    per = {"100 mil": 100_000, "cien mil": 100_000, "mil": 1000, "million": 10**6, "millon de": 10**6}
    base = Decimal(per.get(match["per"]) or re.sub(r"[.,]", "", match["per"]))
    return _bounded(values[0], _bound_of(match[0]), per=base) if values else None


def _fraction(match: re.Match[str], _language: str) -> Quantity:
    text = _longest("fractions", match[0])
    over, under = words("fractions")[text].split("/")
    return _of(Decimal(over), Decimal(under), _bound_of(match[0]))


def _of(part: Decimal, whole: Decimal, bound: str | None) -> Quantity:
    if bound in ("about", "nearly"):
        return Quantity(max(part - 1, Decimal(0)), part + (bound == "about"), "share", whole, True)
    if bound in ("at_least", "more_than"):
        return Quantity(part, whole, "share", whole)
    if bound in ("at_most", "less_than"):
        return Quantity(None, part, "share", whole)
    return Quantity(part, part, "share", whole)


def _share(match: re.Match[str], language: str) -> Quantity | None:
    values = _numbers(match, language)
    if (
        len(values) != 2
        or not 0 < values[0] < values[1]
        or values[1] not in (3, 4, 5, 6, 7, 8, 9, 10, 20, 100)
    ):
        return None
    return _of(values[0], values[1], _bound_of(match[0]))


def _ratio(match: re.Match[str], language: str) -> Quantity | None:
    values = _numbers(match, language)
    return Quantity(values[0], values[0], "ratio", values[-1]) if values[-1:] != values[:1] else None


def _plural(match: re.Match[str], _language: str) -> Quantity:
    text = _longest("plurals", match[0])
    return Quantity(Decimal(words("plurals")[text]), None)


def _collective(match: re.Match[str], _language: str) -> Quantity:
    text = _longest("collectives", match[0])
    return _bounded(Decimal(words("collectives")[text]), _bound_of(match[0]))


def _count(match: re.Match[str], language: str) -> Quantity | None:
    values = _numbers(match, language)
    if not values or (match["bound"] is None and match[0] in ("one", "un", "una", "uno")):
        return None
    return _bounded(values[-1], "at_least" if match["more"] else match["bound"] and _bound_of(match[0]))


_FORMS: dict[str, Callable[[re.Match[str], str], Quantity | None]] = {
    "money": _money,
    "money2": _money,
    "percent": _percent,
    "rate": _rate,
    "majority": lambda _m, _l: Quantity(Decimal("0.5"), Decimal(1), "share"),
    "fraction": _fraction,
    "ratio": _ratio,
    "share": _share,
    "range": _range,
    "plural": _plural,
    "collective": _collective,
    "several": lambda _m, _l: Quantity(Decimal(2), None),
    "count": _count,
}
