"""The house holds: floors, contracts that bite, codes in use, hashed locks, a light front door."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from amparo.codes import CODES

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/amparo"
MODULES = sorted(SOURCE.rglob("*.py"))
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
LINT = "from importlinter.cli import lint_imports_command as run; run()"
# Tests of what a whole room, or the house, promises; all others belong to one module.
WHOLE = {"house", "docs", "errors", "launcher", "canaries", "crashes", "journey", "real_lists", "security"}
HEAVY = {"altair", "django", "duckdb", "numba", "numpy", "polars", "pyarrow", "rich", "splink", "typst"}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """The import contracts, checked on the tree below `folder`."""
    command = [sys.executable, "-c", LINT, "--no-logo", "--no-cache"]
    environment = {"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources to break."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_import_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


PLANTS = [
    ("floors", "values", "amparo.intake"),
    ("floors", "vocabulary", "amparo.values"),
    ("floors", "intake", "amparo.linkage"),
    ("floors", "estimation", "amparo.vault"),
    ("floors", "vault", "amparo.study"),
    ("floors", "study", "amparo.report"),
    ("floors", "report", "amparo.cli"),
    ("floors", "disclosure", "amparo.estimation"),
    ("laboratory", "intake", "django"),
    ("laboratory", "estimation", "rich"),
    ("laboratory", "values", "socket"),
    ("Splink", "linkage", "splink"),
]


@pytest.mark.parametrize(("contract", "room", "planted"), PLANTS)
def test_a_contract_fails_when_broken_on_purpose(tree: Path, contract: str, room: str, planted: str) -> None:
    front = tree / "src/amparo" / room / "__init__.py"
    front.write_text(front.read_text("utf-8") + f"\nimport {planted}\n", "utf-8")
    result = lint(tree)
    assert result.returncode != 0
    broken = [line for line in result.stdout.splitlines() if line.endswith("BROKEN")]
    assert [line for line in broken if contract in line], result.stdout


def test_every_contract_is_broken_on_purpose_above() -> None:
    assert all(any(contract in declared["name"] for contract, _, _ in PLANTS) for declared in CONTRACTS)


def test_every_room_has_its_floor() -> None:
    layers = {
        room.strip()
        for floor in CONTRACTS[0]["layers"]
        for room in floor.replace("(", "").replace(")", "").split("|")
    }
    rooms = {
        f"amparo.{path.stem}"
        for path in SOURCE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"amparo.__init__"} == layers


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_says_its_purpose_and_stays_readable(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "migrations" in path.parts or ast.get_docstring(ast.parse(text)), "no docstring"
    assert text.count("\n") <= 450, "too long"
    assert not re.search(r"\b(TODO|FIXME|XXX)\b(?!X|-)", text.replace("XXXX", "")), "unfinished"


def calls(names: set[str]) -> Iterator[str]:
    """The first argument of every call of these names in the sources, where it is a text."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if name in names and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def literals() -> set[str]:
    """Every text in the sources outside the table of codes."""
    return {
        node.value
        for path in MODULES
        if path != SOURCE / "errors.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_codes_that_are_raised_are_listed_and_the_other_way_round() -> None:
    assert set(calls({"AmparoError", "Refusal", "Issue"})) <= set(CODES)
    assert set(CODES) <= literals()


@pytest.mark.parametrize("lock", sorted(path.name for path in ROOT.glob("requirements*.lock")))
def test_a_lock_pins_by_hash_and_names_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert "http" not in text and "--index" not in text and "--find-links" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all(re.match(r"[\w.-]+==[^\s]+", entry) and "--hash=sha256:" in entry for entry in entries)


def test_the_lock_of_the_tests_holds_the_lock_of_use() -> None:
    def pinned(lock: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / lock).read_text("utf-8"), re.MULTILINE))

    assert pinned("requirements.lock") <= pinned("requirements-dev.lock")


def test_the_front_door_is_light() -> None:
    code = "import sys, amparo; print(*sorted(name.partition('.')[0] for name in sys.modules))"
    environment = {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert not HEAVY & set(loaded.stdout.split())


def test_the_tests_mirror_the_tree() -> None:
    strangers = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        below = path.relative_to(ROOT / "tests").parent
        subject = path.stem.removeprefix("test_")
        if subject in WHOLE:
            continue
        places = [SOURCE / below / subject, SOURCE / below / f"{subject}.py", ROOT / below / f"{subject}.py"]
        places.append(ROOT / below / f"{subject}.ipynb")
        if below.name == subject:
            places.append(SOURCE / below)
        if not any(place.exists() for place in places):
            strangers.append(str(path.relative_to(ROOT)))
    assert strangers == []


def test_nothing_of_one_machine_is_tracked() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("needs a git checkout (an unpacked bundle is none)")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in {".py", ".toml", ".md", ".lock", ".yml", ""} and path.is_file():
            found = re.search(r"(?<![\w./{}-])/(root|work|home/\w+|Users/\w+)/\w", path.read_text("utf-8"))
            assert not found, f"{name}: {found and found.group()}"
