"""New records into many linked ones, in a sealed study: seconds of the linking step and of the whole verb.

The lists are those of `hard_lists`. Some of their records, drawn by the seed, are left out at first and come
with the next file of each list; `amparo link` then compares them alone. Linking all anew stands beside it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from amparo.cli.demo import PASSPHRASE
from amparo.records import CELLS
from amparo.study import store
from amparo.study.plan import Period, Plan, PlannedTarget
from amparo.study.register.rules import Declared
from amparo.vault.folder import open_folder
from amparo.vault.slots import Passphrase

from .hard_lists import hard_lists


def run(records: int, new: int, seed: int) -> Iterator[dict[str, Any]]:
    """One line per part: wall-clock and processor seconds, and persons. `step` is without opening records."""
    everyone = hard_lists(records + new, seed).records
    late = np.random.default_rng(seed).permutation(everyone.height)[:new]
    early = everyone.with_row_index("at").filter(~pl.col("at").is_in(late)).drop("at")
    target = PlannedTarget("synthetic", "synthetic", "nowhere", Period(date(1979, 1, 1), date(1992, 12, 31)))
    with tempfile.TemporaryDirectory(prefix="amparo-arrivals-") as name:
        study, way = Path(name) / "study", Passphrase(PASSPHRASE)
        store.create(study, PASSPHRASE, Plan("Synthetic study", "en", synthetic=True, target=target))
        with store.study_in(open_folder(study, way)) as opened:
            from amparo.study.linking.services import link_study  # noqa: PLC0415

            _read(opened, early)
            yield _timed("link all", early.height, lambda note: link_study(opened, seed=seed, progress=note))
            _read(opened, everyone)
        with store.study_in(open_folder(study, way)) as opened:
            line = _timed("link new", new, lambda note: link_study(opened, seed=seed, progress=note))
        yield line
        with store.study_in(open_folder(study, way)) as opened:
            yield _timed(
                "link all again",
                everyone.height,
                lambda note: link_study(opened, seed=seed, whole=True, progress=note),
            )


def _timed(part: str, records: int, act: Callable[[Callable[[str, int, int], None]], Any]) -> dict[str, Any]:
    """The whole verb, from records opened to run kept, and the linking step between."""
    begun, opened = (time.perf_counter(), time.process_time()), [0.0, 0.0]

    def note(stage: str, done: int, total: int) -> None:
        if stage == "open" and done == total:
            opened[:] = time.perf_counter(), time.process_time()

    linked = act(note)
    ended = time.perf_counter(), time.process_time()
    return {
        "part": part,
        "records": records,
        "arrivals": linked.run.manifest["settings"]["arrivals"],
        "seconds": round(ended[0] - begun[0], 2),
        "cpu_seconds": round(ended[1] - begun[1], 2),
        "step_seconds": round(ended[0] - opened[0], 2),
        "step_cpu_seconds": round(ended[1] - opened[1], 2),
        "persons": linked.records["person"].n_unique(),
    }


def _read(study: Any, records: pl.DataFrame) -> None:
    from amparo.study.register.services import read_list  # noqa: PLC0415

    for (source,), rows in records.group_by("source", maintain_order=True):
        told = rows.select([name for name in CELLS if rows[name].null_count() < rows.height])
        content = told.write_csv().encode()
        read_list(
            study, content, f"{source}.csv", source_key=str(source), declared=Declared(str(source), "capture")
        )
