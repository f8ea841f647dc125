"""Synthetic findings for the tests of the report: invented numbers, no real person, list or organisation."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import msgspec
import numpy as np

from amparo.study.counting.findings import (
    EstimateFinding,
    Findings,
    LinkageFinding,
    ListFinding,
    MethodFinding,
    Overlap,
    Said,
    Target,
    YearFinding,
)

_TITLES = (
    ("referrals", "Remisiones de agencias de las Naciones Unidas"),
    ("court", "Calendario de audiencias de la corte de inmigración"),
    ("intake", "Fichas de acogida de la organización"),
    ("press", "Lista de prensa"),
    ("association", "Asociación de policías"),
)
_LONG = (
    "Registro consolidado de personas desplazadas internamente por la violencia en los departamentos "
    "del oriente del país, segunda entrega corregida"
)


def histogram(median: float, spread: float, seed: int = 7) -> tuple[tuple[float, float, int], ...]:
    """Draws of a skewed posterior in forty bins."""
    draws = median * np.exp(np.random.default_rng(seed).normal(0, spread, 4000))
    counts, edges = np.histogram(draws, bins=40)
    return tuple((float(a), float(b), int(n)) for a, b, n in zip(edges, edges[1:], counts, strict=False))


def estimate(observed: int, median: float, spread: float, **changes: Any) -> EstimateFinding:
    """An estimate that stands."""
    base = EstimateFinding(
        stratum={},
        observed=observed,
        method="latent_class",
        median=median,
        low=median * float(np.exp(-1.96 * spread)),
        high=median * float(np.exp(1.96 * spread)),
        chao_low=observed + 0.6 * (median - observed),
        rhat=1.003,
        ess=2310.4,
        chains=4,
        draws_histogram=histogram(median, spread),
        refused=None,
        warnings=(),
    )
    return msgspec.structs.replace(base, **changes)


def refused(observed: int, said: Said, **changes: Any) -> EstimateFinding:
    """An estimate that was refused."""
    nothing = {"median": None, "low": None, "high": None, "rhat": None, "ess": None, "draws_histogram": ()}
    return msgspec.structs.replace(
        estimate(observed, 1.0 + observed, 0.1), refused=said, **nothing, **changes
    )


def overlaps(keys: list[str], persons: int, seed: int = 3) -> tuple[Overlap, ...]:
    """Every combination of the lists that holds anyone, smaller for more lists."""
    rng = np.random.default_rng(seed)
    cells = [group for size in range(1, min(len(keys), 4) + 1) for group in combinations(keys, size)]
    weights = np.array([rng.gamma(1.2) / 4.0 ** len(group) for group in cells])
    counts = rng.multinomial(persons, weights / weights.sum())
    return tuple(Overlap(group, int(n)) for group, n in zip(cells, counts, strict=True) if n)


def full() -> Findings:
    """A synthetic study with five capture lists, a frame, a derived list, a total and strata."""
    rng = np.random.default_rng(11)
    sizes = (1204, 866, 731, 402, 318)
    lists = [
        ListFinding(
            key,
            title,
            "capture",
            (),
            True,
            n + n // 12,
            n,
            n - n // 9,
            1 + i % 2,
            f"2024-0{i + 1}-1{i}",
            f"{n:012x}",
        )
        for i, ((key, title), n) in enumerate(zip(_TITLES, sizes, strict=True))
    ]
    lists.append(
        ListFinding(
            "summary",
            "Resumen trimestral de remisiones",
            "derived",
            ("referrals",),
            False,
            655,
            640,
            600,
            1,
            "2024-07-02",
            "a1b2c3d4e5f6",
        )
    )
    lists.append(
        ListFinding(
            "roster",
            "Padrón de personal policial",
            "frame",
            (),
            False,
            1890,
            1890,
            0,
            1,
            "2024-01",
            "0f1e2d3c4b5a",
        )
    )
    names = ("SAN SALVADOR", "SANTA ANA", "SAN MIGUEL", "LA LIBERTAD", "LA UNION", "USULUTAN", "")
    strata = [
        estimate(int(n), float(n * 1.7), 0.07 + 18 / n, stratum={"place_1": name.lower()}, draws_histogram=())
        for name, n in zip(names, (912, 480, 377, 301, 144, 120, 66), strict=True)
    ]
    strata[4] = refused(
        144,
        Said("estimation.not_converged", {"rhat": "1.34", "ess": 41, "draws": 4000}),
        stratum={"place_1": "la union"},
    )
    total = estimate(2615, 4880.0, 0.055, warnings=(Said("estimation.overlap_low", {"share": "23.4"}),))
    return Findings(
        study="Policías desplazados por amenazas (estudio sintético)",
        synthetic=True,
        made="2026-11-23",
        amparo="0.1.0",
        target=Target(
            "agentes de policía y sus familias",
            "desplazamiento por amenazas",
            "2014 a 2023",
            "El Salvador",
            1,
        ),
        lists=tuple(lists),
        records=3810,
        persons=2615,
        excluded=(),
        overlaps=overlaps([key for key, _ in _TITLES], 2615),
        by_year=(
            *(YearFinding(2014 + i, int(n)) for i, n in enumerate(rng.integers(90, 420, 10))),
            YearFinding(None, 187),
        ),
        linkage=LinkageFinding(
            records=4176,
            persons=2933,
            pairs_compared=88214,
            pairs_accepted=1466,
            threshold=0.9,
            expected_precision=0.9871,
            expected_recall=0.9634,
            within_list=241,
            cluster_sizes={1: 2011, 2: 655, 3: 201, 4: 55, 5: 11},
            seed=20261123,
        ),
        total=total,
        strata=tuple(strata),
        by=("place_1",),
        as_of="2026-10-31",
        caveats=(),
        truth=5000,
        manifest="9f2c4e1b7a6d5083c1e29b4470aa6df5b8d3e7c2914f60ab52cd38e7f1096b4d",
        together=refused(2400, Said("estimation.strata_refused", {"strata": 1, "of": 7})),
    )


def not_converged() -> Findings:
    """The same study with the total refused, and not synthetic."""
    said = Said("estimation.not_converged", {"rhat": "1.34", "ess": 41, "draws": 4000})
    total = refused(2615, said, chao_low=4011.2)
    return msgspec.structs.replace(
        full(), total=total, synthetic=False, truth=None, strata=(), by=(), study="Estudio de prueba"
    )


def histories() -> Findings:
    """A count from a table of capture histories: no linkage, years, files or target texts."""
    lists = tuple(
        ListFinding(key, key, "capture", (), True, 0, n, n, 0, "", "")
        for key, n in (("EXH", 1131), ("ABA", 845), ("OSCE", 1622), ("HRW", 942))
    )
    return msgspec.structs.replace(
        full(),
        study="historias.csv",
        synthetic=False,
        target=Target("", "", "", "", 1),
        lists=lists,
        overlaps=overlaps([one.key for one in lists], 2615),
        by_year=(),
        linkage=None,
        strata=(),
        by=(),
        as_of=None,
        truth=None,
    )


def one_list() -> Findings:
    """One capture list only: nothing to estimate from."""
    base = full()
    return msgspec.structs.replace(
        base,
        lists=base.lists[:1],
        persons=1,
        overlaps=(Overlap(("referrals",), 1),),
        by_year=(YearFinding(None, 1),),
        total=refused(1, Said("estimation.few_lists", {"lists": 1}), chao_low=None),
        strata=(),
        by=(),
        truth=None,
    )


def crowded() -> Findings:
    """Twelve lists with long and hostile titles, sixty years, many strata of very different size."""
    hostile = "<script>alert('x')</script> #panic(\"x\") *_$ [x] & \\ {n}"
    titles = [_LONG, hostile, *(f"Lista número {i} de la oficina regional" for i in range(3, 13))]
    lists = tuple(
        ListFinding(
            f"l{i}",
            title,
            "capture",
            (),
            True,
            90_000 // (i + 1),
            81_000 // (i + 1),
            80_000 // (i + 1),
            3,
            "2024-05-01",
            f"{i:012x}",
        )
        for i, title in enumerate(titles)
    )
    sizes = [30_000 // (i * i + 1) + 3 for i in range(54)]
    strata = tuple(
        estimate(
            n,
            n * 2.1,
            0.1 + 0.5 / (1 + n**0.5),
            stratum={"year": str(1970 + i % 9), "place_1": "chalatenango" if i % 2 else "san vicente"},
        )
        for i, n in enumerate(sizes)
    )
    return msgspec.structs.replace(
        full(),
        study=f"{_LONG}: {hostile}",
        lists=lists,
        persons=123_456,
        overlaps=overlaps([one.key for one in lists], 123_456),
        by_year=tuple(YearFinding(1960 + i, (i * 7919) % 4000) for i in range(62)),
        total=estimate(123_456, 311_000.0, 0.02, chao_low=310_000.0),
        strata=strata,
        by=("year", "place_1"),
        truth=290_000,
    )


def compared() -> Findings:
    """Every method beside the other, one refused; they contradict each other."""
    methods = (
        MethodFinding("recommended", 5210.0, 4100.0, 9020.0, None),
        MethodFinding("latent_class", 4300.0, 4020.0, 4700.0, None),
        MethodFinding(
            "graphical_average",
            None,
            None,
            None,
            Said("estimation.too_many_models", {"lists": 6, "order": 5}),
        ),
        MethodFinding("chao", 3900.0, 3700.0, 4200.0, None),
    )
    facts = {"lower": "latent_class", "lower_high": 4700, "higher": "recommended", "higher_low": 4900}
    base = full()
    total = estimate(2615, 5210.0, 0.2, method="recommended", parts=10, between=0.12, inner=(4500.0, 7000.0))
    return msgspec.structs.replace(
        base, total=total, methods=methods, verdict=Said("estimation.methods_disagree", facts)
    )


CASES = {
    "full": full,
    "compared": compared,
    "not_converged": not_converged,
    "histories": histories,
    "one_list": one_list,
    "crowded": crowded,
}
