"""People whose stratum is not known get one by drawing, many times over; none is dropped."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from amparo.errors import Refusal
from amparo.estimation.histories import UNKNOWN, Histories, add_up


def impute_strata(strata: Sequence[Histories], *, draws: int, seed: int) -> list[list[Histories]]:
    """`draws` times the known strata, each with the people of unknown stratum shared out among them.

    `strata` as `from_persons` gives them: a person of unknown year and known sex has the stratum {year:
    unknown, sex: ...} and goes to a stratum of that sex. From the joint law of capture pattern and stratum:
    with c_sx people of pattern x in stratum s, n_s in all, and C the strata that fit,

        p ~ Dirichlet(c_sx + n_s / sum_C n),   new people of pattern x in s ~ Multinomial(count, p)

    drawn anew each time, so that what is not known about p is in the spread between draws (Rubin 1987). It
    supposes that, among people of one pattern, a stratum is not missing because of what it is. Raises
    `Refusal` `estimation.no_stratum` where no known stratum fits.
    """
    names = tuple(sorted({name for one in strata for name in one.lists}))
    known = [one for one in strata if UNKNOWN not in one.stratum.values()]
    unknown = [one for one in strata if UNKNOWN in one.stratum.values()]
    held = [_people(one, names) for one in known]
    sizes = np.array([one.observed for one in known], float)
    results = []
    for stream in np.random.SeedSequence(seed).spawn(draws):
        rng = np.random.default_rng(stream)
        filled = [dict(people) for people in held]
        for one in unknown:
            fits = np.array([_fits(one.stratum, other.stratum) for other in known], bool)
            if not fits.any():
                raise Refusal("estimation.no_stratum", stratum=", ".join(one.stratum.values()))
            place = np.flatnonzero(fits)
            prior = sizes[place] / sizes[place].sum()
            for pattern, people in _people(one, names).items():
                chances = rng.dirichlet(
                    [held[s].get(pattern, 0) + share for s, share in zip(place, prior, strict=True)]
                )
                for s, new in zip(place, rng.multinomial(people, chances).tolist(), strict=True):
                    if new:
                        filled[s][pattern] = filled[s].get(pattern, 0) + new
        results.append(
            [_histories(people, names, one.stratum) for people, one in zip(filled, known, strict=True)]
        )
    return results


def _fits(partly: dict[str, str], whole: dict[str, str]) -> bool:
    return all(value in (UNKNOWN, whole[name]) for name, value in partly.items())


def _people(histories: Histories, names: tuple[str, ...]) -> dict[tuple[int, ...], int]:
    """People per pattern over all lists of the population."""
    whole = np.zeros((len(histories.patterns), len(names)), np.uint8)
    for j, name in enumerate(histories.lists):
        whole[:, names.index(name)] = histories.patterns[:, j]
    return dict(zip(map(tuple, whole.tolist()), histories.counts.tolist(), strict=True))


def _histories(
    people: dict[tuple[int, ...], int], names: tuple[str, ...], stratum: dict[str, str]
) -> Histories:
    held: NDArray[np.uint8] = np.array(list(people), np.uint8).reshape(-1, len(names))
    return add_up(names, held, np.array(list(people.values()), np.int64), stratum)
