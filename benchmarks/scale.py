"""Reading and linking large synthetic lists in a sealed study: seconds and peak memory of each step."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amparo.cli.checkout import load
from amparo.cli.demo import PASSPHRASE
from amparo.study import store
from amparo.study.plan import read_plan
from amparo.vault.folder import open_folder
from amparo.vault.slots import Passphrase


def run(records: int, seed: int) -> Iterator[dict[str, Any]]:
    """One line per step; `peak_mb` is the highest the process had been by then, its children apart."""
    with tempfile.TemporaryDirectory() as name:
        lists, study = Path(name) / "lists", Path(name) / "study"
        load("examples", "salvador").write(lists, seed, records=records)
        plan = read_plan((lists / "target.toml").read_bytes(), "target.toml")
        store.create(study, PASSPHRASE, plan)
        with store.study_in(open_folder(study, Passphrase(PASSPHRASE))) as opened:
            from amparo.study.linking.services import link_study  # noqa: PLC0415
            from amparo.study.register.services import read_list  # noqa: PLC0415

            begun = time.perf_counter()
            rows = 0
            for key, source in plan.sources.items():
                file = lists / str(source.file)
                rows += read_list(opened, file.read_bytes(), file.name, source_key=key).rows
            read = time.perf_counter() - begun
            yield _line("read", rows, read)
            linked = link_study(opened, seed=seed)
            both = time.perf_counter() - begun
            yield _line("link", rows, both - read) | {"persons": linked.persons["person"].n_unique()}
            yield _line("read + link", rows, both)


def _line(step: str, records: int, seconds: float) -> dict[str, Any]:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "step": step,
        "records": records,
        "seconds": round(seconds, 2),
        "peak_mb": round(own),
        "largest_child_mb": round(children),
    }
