"""Search by name over sealed records: seconds of the first and of later searches, and what time tells.

The second part is an oracle test: somebody without the key of a compartment types the names in it, and names
of nobody, by turns. A classifier that sees only the time of each answer is right with probability AUC (area
under the ROC curve, the statistic of Mann and Whitney); 0.5 is guessing.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from amparo.cli.checkout import load
from amparo.cli.demo import PASSPHRASE
from amparo.study import store
from amparo.study.plan import read_plan
from amparo.vault.folder import open_folder
from amparo.vault.slots import Passphrase

_SEARCHES = 40
_HIDDEN = 400  # records in the compartment that the searcher has no key of


def run(records: int, tries: int, seed: int) -> Iterator[dict[str, Any]]:
    """A line for the search and one for the oracle; `tries` are names typed, half of them hidden."""
    with tempfile.TemporaryDirectory() as name:
        lists, study = Path(name) / "lists", Path(name) / "study"
        salvador = load("examples", "salvador")
        salvador.write(lists, seed, records=records)
        plan = read_plan((lists / "target.toml").read_bytes(), "target.toml")
        store.create(study, PASSPHRASE, plan)
        with store.study_in(open_folder(study, Passphrase(PASSPHRASE))) as opened:
            from amparo.study.register.services import read_list  # noqa: PLC0415

            rows = 0
            for key, source in plan.sources.items():
                file = lists / str(source.file)
                rows += read_list(opened, file.read_bytes(), file.name, source_key=key).rows
        with store.study_in(open_folder(study, Passphrase(PASSPHRASE))) as opened:
            yield _search(opened, rows)
            if tries:
                yield _oracle(opened, tries, seed)


def _search(study: store.Study, rows: int) -> dict[str, Any]:
    from amparo.study.care.rules import Purpose  # noqa: PLC0415
    from amparo.study.register.index import Index  # noqa: PLC0415
    from amparo.study.register.search import find  # noqa: PLC0415

    why = Purpose("review")
    begun, worked = time.perf_counter(), time.process_time()
    find(study, "María Hernández", why)
    cold, worked = time.perf_counter() - begun, time.process_time() - worked
    index = Index(study)
    typed = [index.at(place).name for place in range(0, rows, max(1, rows // _SEARCHES))]
    warm, found = [], []
    for text in typed:
        begun = time.perf_counter()
        found.append(find(study, text, why, index).number)
        warm.append(time.perf_counter() - begun)
    return {
        "step": "search",
        "records": rows,
        "cold_seconds": round(cold, 3),
        "cold_processor_seconds": round(worked, 3),
        "warm_ms_median": round(1000 * statistics.median(warm), 1),
        "warm_ms_p95": round(1000 * float(np.quantile(warm, 0.95)), 1),
        "found_own_name": sum(number > 0 for number in found) / len(found),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _oracle(study: store.Study, tries: int, seed: int) -> dict[str, Any]:
    """The names of a hidden list against names of nobody, made the same way, typed in a random order."""
    from amparo.study.care.rules import Purpose  # noqa: PLC0415
    from amparo.study.context import Keys  # noqa: PLC0415
    from amparo.study.register.index import Index  # noqa: PLC0415
    from amparo.study.register.rules import Declared  # noqa: PLC0415
    from amparo.study.register.search import find  # noqa: PLC0415
    from amparo.study.register.services import read_list  # noqa: PLC0415

    draw = np.random.default_rng(seed)
    names = _made_up(2 * _HIDDEN, draw)
    hidden, nobody = names[:_HIDDEN], names[_HIDDEN:]
    content = "\n".join(["Nombre completo", *hidden]).encode()
    declared = Declared("Hidden", "capture")
    read_list(study, content, "hidden.csv", source_key="hidden", declared=declared, compartment="lawyers")
    held = {number: key for number, key in study.keys.held.items() if key.compartment != "lawyers"}
    outsider = store.Study(study.opened, study.user, study.facts, Keys(held))
    index, why = Index(outsider), Purpose("review")
    told = {find(study, text, why, None).number > 0 for text in hidden[:1]}
    kinds = draw.permutation([number % 2 == 0 for number in range(tries)])
    times: dict[bool, list[float]] = {True: [], False: []}
    answers = set()
    for number, is_hidden in enumerate(kinds.tolist()):
        text = (hidden if is_hidden else nobody)[number % _HIDDEN]
        begun = time.perf_counter()
        answers.add(repr(find(outsider, text, why, index)))
        times[is_hidden].append(time.perf_counter() - begun)
    area = auc(times[True], times[False])
    return {
        "step": "oracle",
        "tries": tries,
        "found_with_the_key": told == {True},
        "different_answers": len(answers),
        "auc": round(max(area, 1 - area), 3),
        "ms_hidden": round(1000 * statistics.median(times[True]), 2),
        "ms_nobody": round(1000 * statistics.median(times[False]), 2),
    }


def auc(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The probability that one of ours is larger than one of theirs, ties by half."""
    mine, other = np.sort(np.asarray(ours)), np.sort(np.asarray(theirs))
    below = np.searchsorted(other, mine, "left").sum()
    ties = np.searchsorted(other, mine, "right").sum() - below
    return float((below + ties / 2) / (len(mine) * len(other)))


def _made_up(number: int, draw: np.random.Generator) -> list[str]:
    """Different names of three words that no list has."""
    made: dict[str, None] = {}
    while len(made) < number:
        letters = ("kqwx", "aeiou", "vbz", "aeiou", "dgf", "aeiou")
        words = ["".join(draw.choice(list(part)) for part in letters) for _ in range(3)]
        made[" ".join(word.title() for word in words)] = None
    return list(made)
