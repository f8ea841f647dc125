from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_linkage", ROOT / "benchmarks" / "linkage.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(folder: Path, name: str, rows: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")


def test_pairs_of_other_bases_count_neither_way(bench: ModuleType, tmp_path: Path) -> None:
    names = [
        "Ana Rivas Alas",
        "Boris Campos Cruz",
        "Carmen Funes Lemus",
        "David Mejia Tobar",
        "Elena Zavala Valle",
    ]
    for source in ("a", "b"):
        rows = [f"{source}{i},{name},2015-0{i + 1}-11" for i, name in enumerate(names)]
        write(tmp_path / "lists", f"{source}.csv", ["id,name,date", *rows])
    truth = [
        "list_a,id_a,list_b,id_b,basis",
        "a,a0,b,b0,sure",
        "b,b1,a,a1,sure",
        "a,a2,b,b2,guess",
        "a,a3,b,b3,guess",
    ]
    write(tmp_path, "truth.csv", truth)
    (line,) = bench.run(tmp_path / "lists", tmp_path / "truth.csv", "sure")
    assert (line["records"], line["true_pairs"]) == (10, 2)
    assert line["recall"] == 1.0 and line["precision_partnered"] == 1.0
    assert line["precision"] == pytest.approx(2 / 3), "the pair of the fifth name has no basis at all"
    assert line["persons"] == 5 and line["seconds"] > 0 and line["peak_mb"] > 0


@pytest.mark.skipif(not DATA.exists(), reason="needs the public lists beside the checkout (../shared/data)")
def test_public_lists_link_without_labels(bench: ModuleType) -> None:
    folder = DATA / "argentina-desaparecidos"
    (line,) = bench.run(folder / "lists", folder / "truth.csv", "unique_event_date_and_birth_year")
    assert line["recall"] >= 0.95 and line["precision_partnered"] >= 0.97
