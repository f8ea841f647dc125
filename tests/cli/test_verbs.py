"""The way of a study through the verbs, on synthetic lists."""

from __future__ import annotations

import csv
import inspect
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

import amparo
from amparo.cli.app import GROUPS, VERBS, main
from amparo.report.catalogue import languages, say, sentences

# Named as in conftest, whose types tests cannot import.
Amparo = Callable[..., Any]
Copy = Callable[[str], Path]
Holds = Callable[[Path], dict[str, str | None]]
Acts = Callable[[Path], int]


def rows_of(file: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    with file.open(encoding=encoding, newline="") as text:
        return list(csv.DictReader(text))


def test_new_read_link_and_count_say_what_they_did(stages: Any, lists: Any) -> None:
    said = stages.said
    assert "sealed" in said["new"].out
    for key, encoding in (("uno", "utf-8"), ("dos", "cp1252"), ("tres", "utf-8")):
        rows = rows_of(lists.files[key], encoding)
        lines = said[key].out.splitlines()
        assert lines[-1] == say("en", "cli.read", source=key, rows=len(rows))
        assert [line.split("  ")[1] for line in lines[1:-1]] == list(rows[0])
        assert said[key].err == ""
    assert re.match(r"\d+ records are \d+ persons\.", said["link"].out)
    assert "Estimated total" in said["count"].out
    assert "95% CI" in said["count"].out


def test_the_same_file_again_changes_nothing(amparo: Amparo, copy: Copy, acts: Acts, lists: Any) -> None:
    study = copy("read")
    before = acts(study)
    said = amparo("read", study, lists.files["uno"], "--source", "uno", lang="es")
    rows = len(rows_of(lists.files["uno"]))
    assert said == (0, say("es", "cli.read_unchanged", source="uno", rows=rows) + "\n", "")
    assert acts(study) == before


def test_a_corrected_file_supersedes_and_shows_what_changed(
    amparo: Amparo, copy: Copy, acts: Acts, lists: Any
) -> None:
    study = copy("read")
    before = acts(study)
    said = amparo("read", study, lists.files["corrected"], "--source", "uno")
    old = {row["DUI"]: row for row in rows_of(lists.files["uno"])}
    new = {row["DUI"]: row for row in rows_of(lists.files["corrected"])}
    altered = [number for number, key in enumerate(new, 2) if old[key] != new[key]]
    summary = say(
        "en",
        "cli.corrected",
        source="uno",
        rows=len(new),
        kept=len(new) - len(altered),
        added=0,
        altered=len(altered),
        removed=len(old) - len(new),
    )
    told = [say("en", "cli.altered_row", row=row, columns=["Circunstancias"]) for row in altered]
    assert said.code == 0
    assert said.out.splitlines()[-len(told) - 1 :] == [summary, *told]
    assert acts(study) == before + 1
    assert amparo("count", study).code == 3  # the records are others now: link first


def test_a_mapping_is_proposed_edited_and_remembered(
    amparo: Amparo, copy: Copy, lists: Any, tmp_path: Path
) -> None:
    study, file = copy("new"), lists.files["uno"]
    shown = amparo("read", study, file, "--show-mapping", opens=False)
    assert shown.code == 0
    proposed = tomllib.loads(shown.out)
    assert "Circunstancias" in str(proposed)
    edited = tmp_path / "mapping.toml"
    edited.write_text(re.sub(r"(?m)^circumstances = .*$", "", shown.out), encoding="utf-8")
    read = amparo("read", study, file, "--source", "uno", "--mapping", edited)
    unused = f"  {'Circunstancias':<{len('Fecha del hecho')}}  {say('en', 'field')}"
    assert (read.code, unused in read.out.splitlines()) == (0, True), read
    again = amparo("read", study, lists.files["corrected"], "--source", "uno")
    assert unused in again.out.splitlines()


def test_linking_again_keeps_the_persons(amparo: Amparo, copy: Copy, holds: Holds) -> None:
    study = copy("link")
    before = holds(study)
    assert amparo("link", study).code == 0
    assert holds(study) == before


def test_count_by_year_as_of_a_day(amparo: Amparo, copy: Copy, acts: Acts) -> None:
    study = copy("link")
    today = datetime.now(UTC).date()
    counted = amparo("count", study, "--by", "year", "--as-of", today.isoformat())
    assert counted.code == 0
    assert "2016" in counted.out
    before = acts(study)
    refused = amparo("count", study, "--as-of", (today - timedelta(1)).isoformat(), lang="es")
    assert refused == (3, "", say("es", "counting.no_target") + "\n")
    assert acts(study) == before


def test_count_a_table_of_histories_without_a_study(amparo: Amparo, tmp_path: Path) -> None:
    table = tmp_path / "histories.csv"
    sizes = [400, 300, 120, 350, 90, 110, 60, 280, 80, 70, 40, 60, 30, 40, 25]
    cells = [[*f"{number:04b}", str(size)] for number, size in enumerate(sizes, 1)]
    table.write_text("\n".join(map(",".join, [["A", "B", "C", "D", "count"], *cells])), encoding="utf-8")
    said = amparo("count", "--histories", table, opens=False)
    assert said.code == 0, said.err
    assert f"{sum(sizes):,}" in said.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["histories.csv"]


def test_a_report_is_kept_shown_and_written(
    amparo: Amparo, copy: Copy, holds: Holds, lists: Any, tmp_path: Path
) -> None:
    study = copy("count")
    assert holds(study)["report"] is None
    assert (
        amparo("report", study).out == say("en", "cli.report_kept", study=str(study), amparo="amparo") + "\n"
    )
    assert holds(study)["report"]
    assert amparo("report", study, "--out", tmp_path / "report").code == 0
    names = [f"amparo-{lang}.{kind}" for lang in ("en", "es") for kind in ("html", "pdf")]
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == names
    shown_until_interrupted(study, lists.passphrase)


def shown_until_interrupted(study: Path, passphrase: Path) -> None:
    command = [sys.executable, "-m", "amparo.cli", "show", study, "--no-browser"]
    with subprocess.Popen(
        [*command, "--passphrase-file", passphrase, "--lang", "en"],
        env={"PYTHONPATH": str(Path(amparo.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout
        line = server.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/\S+/", line)
        assert address, line
        with urlopen(address[0] + "es.html", timeout=20) as page:  # noqa: S310  (our own server)
            assert "<html" in page.read().decode()
        with pytest.raises(HTTPError):
            urlopen(address[0].rsplit("/", 2)[0] + "/es.html", timeout=20)  # noqa: S310  (our own server)
        server.send_signal(signal.SIGINT)
        assert server.communicate(timeout=20) == ("", "")
    assert server.returncode == 0


def test_verify_tells_how_much_is_whole(amparo: Amparo, copy: Copy, acts: Acts) -> None:
    study = copy("count")
    said = amparo("verify", study)
    assert said.code == 0
    assert f"3 source files, 2 runs, 0 judgements, {acts(study)} acts" in said.out


COMMANDS = VERBS | {
    f"{group}.{name}": verb for group, table in GROUPS.items() for name, verb in table.items()
}


def helps(name: str, lang: str) -> set[str]:
    """The codes of a verb's help: of the verb, and of each parameter by itself or as most verbs mean it."""
    parameters = list(inspect.signature(COMMANDS[name]).parameters)[1:]
    own = {parameter: f"help.{name}.{parameter}" for parameter in parameters}
    return {f"help.{name}"} | {
        code if code in sentences(lang) else f"parameter.{parameter}" for parameter, code in own.items()
    }


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("name", COMMANDS)
def test_every_verb_and_parameter_has_its_help(
    name: str, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert helps(name, lang) <= set(sentences(lang))
    assert main([*name.split("."), "--help", "--lang", lang]) == 0
    shown = re.sub(r"[│\s]+", " ", capsys.readouterr().out)
    for code in helps(name, lang):
        # A column of the table may cut a line between any two words, and options stand in between.
        assert say(lang, code).split()[0] in shown, code


@pytest.mark.parametrize("lang", languages())
def test_no_help_is_left_of_a_parameter_that_is_gone(lang: str) -> None:
    words = {code for code in sentences(lang) if code.startswith(("help.", "parameter."))}
    general = {
        "amparo",
        "commands",
        "parameters",
        "arguments",
        "usage",
        "help",
        "version",
        "command",
        "options",
    }
    known = {f"help.{name}" for name in general | set(GROUPS)}
    assert words == known.union(*(helps(name, lang) for name in COMMANDS))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{amparo.__version__}\n"


def test_an_interrupt_that_foreign_code_tells_as_an_error_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(_: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise RuntimeError("query interrupted") from None

    monkeypatch.setitem(VERBS, "verify", stopped)
    monkeypatch.setattr("amparo.cli.app._described", lambda verb, *_: lambda: verb(None))
    handler = signal.getsignal(signal.SIGINT)
    assert main(["verify", "--lang", "en"]) == 130
    assert capsys.readouterr().err == say("en", "cli.interrupted") + "\n"
    assert signal.getsignal(signal.SIGINT) is handler
