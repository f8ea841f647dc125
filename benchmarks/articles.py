"""What the article reader finds of what articles are known to hold.

Articles stand beside their truth (`tests/intake/articles`): one YAML file each, facts by kind with the
words, or the character span, where they stand. A thing and each of its fields are one fact each, as in the
Message Understanding Conferences' template scoring (Chinchor 1992): recall is found over expected, precision
found over proposed. A field "*" may hold anything; an `optional` thing may be proposed or not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from amparo.errors import AmparoError
from amparo.intake.article import read
from amparo.intake.passages import Span
from amparo.intake.proposals import Proposal
from amparo.values.dates import parse_date
from amparo.values.quantities import parse_quantity
from amparo.values.text import fold

# The truth's kinds, what a reader calls them, and the fields that count beside the thing itself.
FIELDS: dict[str, tuple[str, ...]] = {
    "person": ("as", "age", "occupation", "rank", "restricted"),
    "act": ("date", "place", "activity", "duty", "by"),
    "figure": ("unit", "of", "period", "source"),
    "actor": ("type",),
    "organisation": (),
    "relation": (),
    "quotation": ("speaker", "for"),
    "attribution": ("said_by",),
    "case": (),
    "intervention": ("by", "to", "date", "response"),
    "context": ("date", "place"),
}
DATES = {"date", "period"}
# Words that say nothing of what a phrase is about.
EMPTY = re.compile(
    r"the|an?|of|in|to|and|or|for|on|at|by|his|her|their|its|who|that|was|were|been|has|have|had|be|is|"
    r"are|el|la|los|las|un|"
    r"una|unos|unas|del?|en|[yoa]|al|por|para|su|sus|que|se|fue|fueron|ha|han|lo|le|con"
)


class Thing(NamedTuple):
    """A thing in a truth or in a reader's answer: words that name it, where it stands, its fields."""

    kind: str
    code: str  # the type of an act or context; the words of others
    spans: tuple[tuple[int, int], ...]
    fields: Mapping[str, Any]
    optional: bool = False
    loose: frozenset[str] = frozenset()  # fields that may be there or not; "act": the thing itself


def run(articles: Path, seed_article: Path | None = None, show: bool = False) -> Iterator[dict[str, Any]]:
    """A row per article, then one per folder (`seed`, `tuned`, `held_out` …).

    `by_kind`: recall and precision of each kind. `missed`, `spurious`: with `show`, what was wrong.
    """
    groups: dict[str, list[Score]] = defaultdict(list)
    for truth in sorted(articles.rglob("*.yml")):
        told = msgspec.yaml.decode(truth.read_bytes())
        text = truth.with_suffix(".txt")
        if not told["synthetic"]:
            if seed_article is None or not seed_article.is_file():
                continue
            text = seed_article
        group = truth.parent.name if truth.parent != articles else truth.stem
        score = score_article(text.read_text("utf-8"), told)
        groups[group].append(score)
        yield {"article": f"{group}/{truth.stem}", **score.row(show)}
    for group, scores in groups.items():
        yield {"articles": group, "number": len(scores), **total(scores).row(False)}


class Score:
    """Counts of facts, by kind: expected, found, proposed, right."""

    def __init__(self) -> None:
        """Nothing counted."""
        self.counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        self.missed: list[str] = []
        self.spurious: list[str] = []

    def expected(self, kind: str, found: bool, words: str) -> None:
        """A fact of the truth."""
        self.counts[kind][0] += 1
        self.counts[kind][1] += found
        if not found:
            self.missed.append(words)

    def proposed(self, kind: str, right: bool, words: str) -> None:
        """A fact of the reader."""
        self.counts[kind][2] += 1
        self.counts[kind][3] += right
        if not right:
            self.spurious.append(words)

    def row(self, show: bool) -> dict[str, Any]:
        """Recall and precision; `show` adds what was missed and what was wrong."""
        sums = [sum(column) for column in zip(*self.counts.values(), strict=True)] or [0] * 4
        row: dict[str, Any] = {**_shares(sums), "expected": sums[0], "proposed": sums[2]}
        row["by_kind"] = {kind: _shares(counts) for kind, counts in sorted(self.counts.items())}
        return row | ({"missed": self.missed, "spurious": self.spurious} if show else {})


def _shares(counts: Sequence[int]) -> dict[str, float]:
    expected, found, proposed, right = counts
    return {
        "recall": round(found / expected, 3) if expected else 1.0,
        "precision": round(right / proposed, 3) if proposed else 1.0 if not expected else 0.0,
    }


def total(scores: Sequence[Score]) -> Score:
    """All facts of several articles together."""
    whole = Score()
    for score in scores:
        for kind, counts in score.counts.items():
            whole.counts[kind] = [a + b for a, b in zip(whole.counts[kind], counts, strict=True)]
    return whole


def score_article(text: str, told: Mapping[str, Any]) -> Score:
    """Read one article and compare with its truth."""
    published = told.get("published")
    reading = read(text, language=told["language"], published=published and str(published))
    return compare([_expected(each, text) for each in told["facts"]], answered(reading.proposals, text))


def compare(truth: Sequence[Thing], answer: Sequence[Thing]) -> Score:
    """Pair things one to one, required before optional, then count things and fields."""
    score, pairs = Score(), _paired(truth, answer)
    by_truth = dict(pairs)
    taken = {found: each for each, found in pairs.items()}
    for at, thing in enumerate(truth):
        found = answer[by_truth[at]] if at in by_truth else None
        if thing.optional:
            continue
        if not {"act", "thing"} & thing.loose:
            score.expected(thing.kind, found is not None, f"{thing.kind} {thing.code}")
        for field in FIELDS[thing.kind]:
            wanted = thing.fields.get(field)
            if wanted is None or wanted == "*" or field in thing.loose:
                continue
            same = found is not None and _same(field, wanted, found.fields.get(field))
            score.expected(thing.kind, same, f"{thing.kind} {thing.code} {field}={wanted}")
        if thing.kind == "figure":
            _amount(score, thing, found)
    for at, thing in enumerate(answer):
        wanted = truth[taken[at]] if at in taken else None
        if wanted is not None and wanted.optional:
            continue
        score.proposed(thing.kind, wanted is not None, f"{thing.kind} {thing.code} {dict(thing.fields)}")
        for field in FIELDS[thing.kind]:
            said = thing.fields.get(field)
            if thing.fields.get("as") == "public" and field in ("occupation", "rank"):
                continue  # the truths ask of public persons only who they are
            if said is None or (wanted and (wanted.fields.get(field) == "*" or field in wanted.loose)):
                continue
            right = wanted is not None and _same(field, wanted.fields.get(field), said)
            score.proposed(thing.kind, right, f"{thing.kind} {thing.code} {field}={said}")
    return score


def _amount(score: Score, thing: Thing, found: Thing | None) -> None:
    """The bounds of a figure are one fact; what was proposed counts with the figure itself."""
    if "*" in (thing.fields.get("low"), thing.fields.get("high")):
        return
    same = found is not None and all(_number(thing, end) == _number(found, end) for end in ("low", "high"))
    score.expected(
        "figure", same, f"figure {thing.code} {thing.fields.get('low')}..{thing.fields.get('high')}"
    )
    if found is not None:
        score.proposed(
            "figure", same, f"figure {thing.code} {found.fields.get('low')}..{found.fields.get('high')}"
        )


def _number(thing: Thing, end: str) -> float | None:
    value = thing.fields.get(end)
    return None if value is None else float(value)


def _paired(truth: Sequence[Thing], answer: Sequence[Thing]) -> dict[int, int]:
    """Index of the truth -> index of the answer, best likeness first, required before optional."""
    likely = sorted(
        ((-alike, wanted.optional, at, to)
         for at, wanted in enumerate(truth)
         for to, said in enumerate(answer)
         if (alike := _alike(wanted, said)) > 0),
        key=lambda each: (each[1], each[0], each[2], each[3]),
    )  # fmt: skip
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, at, to in likely:
        if at not in pairs and to not in taken:
            pairs[at] = to
            taken.add(to)
    return pairs


def _alike(wanted: Thing, said: Thing) -> float:
    """How likely the answer means this thing of the truth; 0 for not at all."""
    if wanted.kind != said.kind and {wanted.kind, said.kind} != {"actor", "organisation"}:
        return 0
    near = any(a < d and c < b for a, b in wanted.spans for c, d in said.spans)
    alike = {
        "actor": lambda: _named(wanted.code, said.code) * (1 + (wanted.kind == said.kind)),
        "organisation": lambda: _named(wanted.code, said.code) * (1 + (wanted.kind == said.kind)),
        "person": lambda: _same_person(wanted, said, near),
        "figure": lambda: _same_figure(wanted, said) * near,
        "relation": lambda: _same_sides(wanted, said),
        "quotation": lambda: near * _words(wanted.code, said.code, 0.8),
        "attribution": lambda: near * _words(wanted.code, said.code, 0.5),
    }.get(wanted.kind, lambda: _same_act(wanted, said, near) if wanted.code == said.code else 0)
    return float(alike())


def _same_person(wanted: Thing, said: Thing, near: bool) -> float:
    return (1 + near) * _words(wanted.code, said.code, 0.75) * (near or len(_content(said.code)) > 1)


def _same_figure(wanted: Thing, said: Thing) -> float:
    """The same bounds first, then the same words."""
    same = all(
        wanted.fields.get(end) == "*" or _number(wanted, end) == _number(said, end) for end in ("low", "high")
    )
    shared = len(set(fold(wanted.code).split()) & set(fold(said.code).split()))
    return 2.0 * same + 0.1 * shared + 0.5 * _words(wanted.code, said.code, 0.6)


def _same_sides(wanted: Thing, said: Thing) -> bool:
    sides = all(any(_named(a, b or "") for b in said.fields["between"]) for a in wanted.fields["between"])
    return wanted.code == said.code and sides


def _same_act(wanted: Thing, said: Thing, near: bool) -> float:
    victim = wanted.fields.get("of")
    if victim in (None, "*") or wanted.kind not in ("act", "case"):
        return float(near)
    same = _words(str(victim), str(said.fields.get("of") or ""), 0.75)
    return same * near if "in" in wanted.fields else same * (1 + near)


def _named(left: str, right: str) -> bool:
    """One name holds the other: "Mara Salvatrucha (MS-13)" and "MS-13"."""
    a, b = _content(left), _content(right)
    return bool(a and b) and (a <= b or b <= a)


def _words(left: str, right: str, least: float) -> float:
    """Share of the shorter phrase's words that the other has too; 0 below `least`."""
    a, b = _content(left), _content(right)
    shared = len(a & b) / min(len(a), len(b)) if a and b else 0.0
    return shared if shared >= least else 0.0


def _content(text: str) -> set[str]:
    words = {word.removesuffix("s") for word in fold(text).split()}
    return {word for word in words if not EMPTY.fullmatch(word)} or words


def _same(field: str, wanted: Any, said: Any) -> bool:
    if wanted is None or said is None:
        return False
    if wanted == "*":
        return True
    a, b = str(wanted), str(said)
    if field in DATES:
        return _date(a) == _date(b) if _date(a) else fold(a) == fold(b) or _words(a, b, 0.75) > 0
    if field in ("of", "activity"):
        return _words(a, b, 0.5) > 0
    if field in ("speaker", "said_by", "by", "to", "source", "place", "rank"):
        return _words(a, b, 0.6) > 0
    return fold(a) == fold(b)


def _date(text: str) -> str | None:
    try:
        return re.sub(r"[?~%]", "", parse_date(text).edtf)
    except AmparoError:
        return None


def _expected(fact: Mapping[str, Any], text: str) -> Thing:
    kind = next(iter(fact))
    words = {field: _quoted(value, text) for field, value in fact.items()}
    if fact.get("between"):
        words["between"] = fact["between"]
    code = str(words[kind])
    coded = kind in ("act", "case", "intervention", "context", "relation")
    places = [fact[field] for field in ("in", *(() if coded else (kind,)), "of") if field in fact]
    spans = tuple(span for place in places for span in _spans(place, text))
    loose = frozenset(fact.get("optional_fields", ()))
    return Thing(kind, code, spans, words, bool(fact.get("optional")), loose)


def _quoted(value: Any, text: str) -> Any:
    return text[value[0] : value[1]] if _is_span(value) else value


def _is_span(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(end, int) for end in value)


def _spans(value: Any, text: str) -> Iterator[tuple[int, int]]:
    if _is_span(value):
        yield value[0], value[1]
        return
    at = text.find(str(value))
    while at >= 0:
        yield at, at + len(str(value))
        at = text.find(str(value), at + 1)


def answered(proposals: Sequence[Proposal], text: str) -> list[Thing]:
    """A reader's proposals as things of the truth's kinds."""
    grouped: dict[str, list[Proposal]] = defaultdict(list)
    for each in proposals:
        grouped[each.entity].append(each)
    return [thing for group in list(grouped.values()) for thing in _answer(group, grouped)]


PERSONS = {
    "speaker": "source", "public_speaker": "public", "official": "public", "expert": "public",
    "journalist": "public",
    "perpetrator": "suspect",
}  # fmt: skip
ACTS = {
    "killing": "killed", "attempted_killing": "attempted", "kidnapping": "kidnapped",
    "disappearance": "disappeared",
    "detention": "detained",
}  # fmt: skip


def _answer(group: list[Proposal], grouped: Mapping[str, list[Proposal]]) -> Iterator[Thing]:
    """The things of the truth that one entity's proposals describe."""
    said = {each.field: each.value for each in group}
    spans = tuple(_place(each) for each in group)

    def words(*fields: str) -> str | None:
        """The first field there is; where it points to a person or actor, the words that name them."""
        value = next((said[field] for field in fields if field in said), None)
        return _called(grouped[value]) if value is not None and value in grouped else value

    match group[0].kind:
        case "person":
            notes = {note for each in group for note in each.notes}
            mark = "child" if "minor" in notes else "pseudonymous" if "pseudonymous" in notes else None
            kind = said.get("person_kind")
            fields = {"as": PERSONS.get(kind or "", kind), "restricted": mark}
            yield Thing("person", _called(group), spans, fields | _some(said, "age", "occupation", "rank"))
        case "act" | "threat" | "displacement" | "exposure" as kind:
            if kind == "displacement" and said.get("step") in (
                "awaits_resettlement",
                "applied_asylum",
                "granted_asylum",
            ):
                yield Thing("case", "refugee_status", spans, {"of": words("person")})
                return
            code = {"threat": "threatened", "displacement": "displaced", "exposure": "testified"}.get(kind)
            code = code or ACTS.get(said["type"], said["type"])
            done = next((each for each in grouped.values() if _about(each, group[0].entity)), None)
            by = done and _involved(done, grouped)
            yield Thing("act", code, spans, {
                "of": words("victim", "person", "target", "group"),
                "by": by or words("actor", "author_claimed"),
                "duty": said.get("duty_status"),
                "activity": said.get("circumstances"),
                "date": said.get("date"),
                "place": words("place", "place_type", "to", "from"),
            })  # fmt: skip
        case "figure":
            quantity = parse_quantity(said["quantity"])
            yield Thing("figure", said.get("population", "") + " " + said["quantity"], spans, {
                "low": quantity.low, "high": quantity.high, "unit": said.get("unit"),
                "of": said.get("population"),
                "period": said.get("period") or said.get("definition"), "source": said.get("institution"),
            })  # fmt: skip
        case "actor":
            hunts = said.get("actor_kind") in ("gang", "armed_group")
            yield Thing(
                "actor" if hunts else "organisation", said["name"], spans, {"type": said.get("actor_kind")}
            )
            if "founded" in said or "place" in said:
                told = tuple(_place(each) for each in group if each.field == "founded")
                yield Thing(
                    "context", "origin", told, {"date": said.get("founded"), "place": said.get("place")}
                )
        case "relation":
            code = {"rival_of": "rival", "splintered_from": "splinter"}.get(said["type"], said["type"])
            yield Thing("relation", code, spans, {"between": [words("from"), words("to")]})
        case "quotation":
            lawyers = "lawyers" if group[0].restriction == "lawyers" else None
            yield Thing(
                "quotation", said["words"], spans, {"speaker": words("speaker", "actor"), "for": lawyers}
            )
        case "involvement" if "attributed_by" in said or "act" not in said:
            fields = {"said_by": words("attributed_by")}
            yield Thing("attribution", words("actor", "described") or "", spans, fields)
        case "intervention":
            kind = {"information": "information"}.get(said["type"], "requested")
            response = (said.get("response") or "").split("_")[0] or None
            if kind == "requested" and response == "refused":
                response = "none"
            fields = {
                "by": words("party"),
                "to": words("asked"),
                "date": said.get("date"),
                "response": response,
            }
            yield Thing("intervention", kind, spans, fields)
        case "context":
            yield Thing("context", said["type"], spans, _some(said, "date", "place"))


def _some(said: Mapping[str, str], *fields: str) -> dict[str, str | None]:
    return {field: said.get(field) for field in fields}


def _about(group: Sequence[Proposal], act: str) -> bool:
    return any(each.kind == "involvement" and each.field == "act" and each.value == act for each in group)


def _involved(group: Sequence[Proposal], grouped: Mapping[str, list[Proposal]]) -> str:
    said = {each.field: each.value for each in group}
    return _called(grouped[said["actor"]]) if said.get("actor") in grouped else said.get("described", "")


def _called(group: Sequence[Proposal]) -> str:
    """The words that name a person or an actor: the name, else the description."""
    said = {each.field: each.value for each in group}
    return said.get("name") or said.get("description") or ""


def _place(proposal: Proposal) -> tuple[int, int]:
    if not isinstance(proposal.passage, Span):
        raise TypeError("an article's passages are spans")
    return proposal.passage.start, proposal.passage.end
