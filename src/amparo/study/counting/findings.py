"""Findings: everything a report may tell, as aggregates. No names, no records, no free text of victims."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Part = Literal["capture", "frame", "derived", "none"]


class Said(msgspec.Struct, frozen=True):
    """A sentence the catalogue will form: a code with its facts."""

    code: str
    facts: dict[str, Any]


class Target(msgspec.Struct, frozen=True):
    """The target population as declared: texts in the words of the organisation."""

    role: str
    act: str
    period: str
    place: str
    version: int


class ListFinding(msgspec.Struct, frozen=True):
    """One source and its part in counting. `persons` counts each person once within the list."""

    key: str
    title: str
    part: Part
    derived_from: tuple[str, ...]
    counted: bool  # enters the capture histories of this count
    records: int
    persons: int
    eligible: int  # persons of this list in the target population
    files: int
    received: str  # EDTF day of the newest file
    digest: str  # first 12 hexadecimal digits of the newest file's keyed hash


class Overlap(msgspec.Struct, frozen=True):
    """Persons who stand on exactly these capture lists."""

    lists: tuple[str, ...]
    persons: int


class YearFinding(msgspec.Struct, frozen=True):
    """Documented persons by year of the counted act; `year` None holds those whose year is unknown."""

    year: int | None
    persons: int


class LinkageFinding(msgspec.Struct, frozen=True):
    """How well the records were linked, by the model's own estimate."""

    records: int
    persons: int
    pairs_compared: int
    pairs_accepted: int
    threshold: float  # match probability
    expected_precision: float | None  # mean match probability of the accepted pairs
    expected_recall: float | None  # expected true pairs accepted / expected true pairs among those compared
    within_list: int  # records that repeat a person of their own list
    cluster_sizes: dict[int, int]  # records per person -> persons
    seed: int


class MethodFinding(msgspec.Struct, frozen=True):
    """What one method says of the whole population: estimate and 95 % interval, or why it says nothing."""

    method: str
    estimate: float | None
    low: float | None
    high: float | None
    refused: Said | None


class EstimateFinding(msgspec.Struct, frozen=True):
    """The estimate of one stratum, or the reason there is none."""

    stratum: dict[str, str]  # {} for the whole population
    observed: int
    method: str  # code of the method, such as "recommended"
    median: float | None
    low: float | None  # ends of the 95 % interval of N
    high: float | None
    chao_low: float | None  # Chao's lower bound of N
    rhat: float | None
    ess: float | None
    chains: int
    draws_histogram: tuple[tuple[float, float, int], ...]  # (from, to, draws) of the posterior of N
    refused: Said | None
    warnings: tuple[Said, ...]
    inner: tuple[float, float] | None = None  # the 80 % interval
    parts: int = 1  # draws of the linkage and of unknown strata that were pooled
    between: float | None = None  # their share of the variance of log N


class Findings(msgspec.Struct, frozen=True):
    """One working report in data."""

    study: str
    synthetic: bool
    made: str  # ISO date
    amparo: str  # version
    target: Target
    lists: tuple[ListFinding, ...]
    records: int
    persons: int  # documented persons, eligible, on any counted list
    excluded: tuple[Said, ...]  # how many were left out of the count, by reason
    overlaps: tuple[Overlap, ...]
    by_year: tuple[YearFinding, ...]
    linkage: LinkageFinding | None
    total: EstimateFinding | None
    strata: tuple[EstimateFinding, ...]
    by: tuple[str, ...]  # stratum columns
    as_of: str | None
    caveats: tuple[Said, ...]
    truth: int | None  # the known number of a synthetic study
    manifest: str  # digest of the count's manifest
    methods: tuple[MethodFinding, ...] = ()  # every method on the whole population, without the draws
    verdict: Said | None = None  # what the methods say together
    together: EstimateFinding | None = None  # all strata added up
    persons_likely: tuple[int, int] | None = None  # documented, in 95 % of the draws of who is who
