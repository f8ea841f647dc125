"""What claims cost a large study: opening it and reading every record with and without rows of claims.

`rows` is the floor: every record opened and decoded with no look at claims. `cells` is what linkage reads,
with no claim in the study and with one on every thousandth record.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from amparo.cli.checkout import load
from amparo.cli.demo import PASSPHRASE
from amparo.errors import AmparoError
from amparo.intake.passages import Oral
from amparo.study import store
from amparo.study.context import Keys
from amparo.study.plan import read_plan
from amparo.vault.folder import Opened, open_folder
from amparo.vault.slots import Passphrase

_EVERY = 1000  # one record in so many has a claim
_HIDDEN, _ROUNDS = 100, 20


def run(records: int, seed: int) -> Iterator[dict[str, Any]]:
    """Lines for `open`, `rows`, `cells` without claims, then `open`, `cells` and `why` with them."""
    with tempfile.TemporaryDirectory() as name:
        lists, study = Path(name) / "lists", Path(name) / "study"
        load("examples", "salvador").write(lists, seed, records=records)
        plan = read_plan((lists / "target.toml").read_bytes(), "target.toml")
        store.create(study, PASSPHRASE, plan)
        folder = open_folder(study, Passphrase(PASSPHRASE))
        with store.study_in(folder) as opened:
            from amparo.study.register.services import read_list  # noqa: PLC0415

            rows = 0
            for key, source in plan.sources.items():
                file = lists / str(source.file)
                rows += read_list(opened, file.read_bytes(), file.name, source_key=key).rows
        yield {"step": "read", "records": rows}
        yield _timed("open", rows, 0, lambda: _open(folder))
        with store.study_in(folder) as opened:
            yield _timed("rows", rows, 0, lambda: _rows(opened))
            yield _timed("cells", rows, 0, lambda: _cells(opened))
            claims = _claim(opened)
        yield _timed("open", rows, claims, lambda: _open(folder))
        with store.study_in(folder) as opened:
            yield _timed("cells", rows, claims, lambda: _cells(opened))
            yield _timed("why", rows, claims, lambda: _why(opened))
            yield _oracle(opened, seed)


def _timed(step: str, records: int, claims: int, work: Callable[[], object]) -> dict[str, Any]:
    begun, worked = time.perf_counter(), time.process_time()
    work()
    return {
        "step": step,
        "records": records,
        "claims": claims,
        "seconds": round(time.perf_counter() - begun, 3),
        "processor_seconds": round(time.process_time() - worked, 3),
    }


def _open(folder: Opened) -> None:
    with store.study_in(folder):
        pass


def _rows(study: store.Study) -> int:
    from amparo.study.register.models import Record  # noqa: PLC0415
    from amparo.study.register.services import open_records  # noqa: PLC0415

    decode = msgspec.json.Decoder(list[str | None]).decode
    standing = Record.objects.filter(ended=None)
    columns: list[list[str | None]] = []
    for record, source, cells in open_records(study, standing, ("sealed_cells",)):
        columns.append([record, source, *decode(cells)])
    return len(columns)


def _cells(study: store.Study) -> int:
    from amparo.study.register.standing import standing_cells  # noqa: PLC0415

    return standing_cells(study).height


def _claim(study: store.Study) -> int:
    """A claim on every thousandth record; how many."""
    from amparo.study.claims.services import claim  # noqa: PLC0415
    from amparo.study.register.models import Record  # noqa: PLC0415

    names = list(Record.objects.order_by("file", "row").values_list("pk", flat=True))[::_EVERY]
    told = Oral(words="in May", told_by="a synthetic relative", told_to="owner", told="2019")
    for name in names:
        claim(study, name, {"event_date": "2018-05"}, told)
    return len(names)


def _why(study: store.Study) -> object:
    from amparo.study.care.rules import Purpose  # noqa: PLC0415
    from amparo.study.claims.explaining import explain  # noqa: PLC0415
    from amparo.study.register.models import Record  # noqa: PLC0415

    name = Record.objects.order_by("file", "row").values_list("pk", flat=True)[0]
    return explain(study, name, "event_date", Purpose("review"))


def _oracle(study: store.Study, seed: int) -> dict[str, Any]:
    """Whether the time of an answer tells a lawyers' thing from none, to who lacks the lawyers' key.

    AUC is the chance that the answer on a hidden thing took longer (Mann and Whitney); 0.5 is guessing.
    """
    from amparo.study.accounts.rules import LAWYERS  # noqa: PLC0415
    from amparo.study.claims.services import claim  # noqa: PLC0415

    told = Oral(words="for the lawyers", told_by="a synthetic client", told_to="owner", told="2019")
    said = {"type": "threat", "date": "2019-02"}
    hidden = [claim(study, "act", said, told, restriction=LAWYERS).of for _ in range(_HIDDEN)]
    keys = {number: key for number, key in study.keys.held.items() if key.compartment != LAWYERS}
    other = store.Study(study.opened, study.user, study.facts, Keys(keys))
    rng = random.Random(seed)  # noqa: S311
    typed = [(name, 1) for name in hidden] + [(f"act-{rng.randbytes(6).hex()}", 0) for _ in hidden]
    times: dict[int, list[float]] = {0: [], 1: []}
    seen = 0
    for _ in range(_ROUNDS):
        rng.shuffle(typed)
        for name, kind in typed:
            begun = time.perf_counter()
            seen += _sees(other, name)
            times[kind].append(time.perf_counter() - begun)
    longer = sum(np.searchsorted(np.sort(times[0]), times[1])) / (len(times[0]) * len(times[1]))
    return {"step": "oracle", "answers": 2 * len(times[1]), "seen": seen, "auc": round(float(longer), 3)}


def _sees(study: store.Study, name: str) -> bool:
    from amparo.study.claims.reading import known_of  # noqa: PLC0415

    try:
        known_of(study, name)
    except AmparoError:
        return False
    return True
