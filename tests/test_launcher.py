"""The script at the root: what is set up, when it is not, and what it says when it cannot be."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import string
import subprocess
import sys
import tarfile
import threading
import zipfile
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / "amparo"


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, its folder an empty checkout that was never set up."""
    loader = SourceFileLoader("amparo_launcher", str(SCRIPT))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    for name, path in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "TOOLS": tmp_path / ".tools",
        "WHEELS": tmp_path / "wheels",
        "STAMP": tmp_path / ".venv/amparo-stamp",
        "UV_LOCK": tmp_path / "requirements-uv.lock",
        "SPARK_LOCK": tmp_path / "requirements-spark.lock",
        "SPARK_STAMP": tmp_path / ".venv/amparo-spark-stamp",
        "LOCKS": {"use": tmp_path / "requirements.lock", "test": tmp_path / "requirements-dev.lock"},
    }.items():
        monkeypatch.setattr(module, name, path)
    for lock in (
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-uv.lock",
        "requirements-spark.lock",
    ):
        (tmp_path / lock).write_text(f"{lock}==1\n")
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    return module


def environment(launcher: ModuleType, interpreter: str = "python3.11") -> None:
    """What `uv venv` leaves."""
    folder = launcher.VENV / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / interpreter).touch()
    (folder / "python").unlink(missing_ok=True)
    (folder / "python").symlink_to(interpreter)
    (launcher.VENV / "lib/python3.11/site-packages").mkdir(parents=True, exist_ok=True)


@pytest.fixture
def steps(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of a set-up, which only pretend to run."""
    ran: list[list[str]] = []

    def run(command: list[str], **options: Any) -> None:
        ran.append(command)
        if "venv" in command:
            launcher.STAMP.unlink(missing_ok=True)
            launcher.SPARK_STAMP.unlink(missing_ok=True)
            environment(launcher)

    monkeypatch.setattr(launcher, "run", run)
    monkeypatch.setattr(launcher, "uv", lambda: Path("uv"))
    return ran


def test_a_first_start_sets_up_and_stamps(launcher: ModuleType, steps: list[list[str]]) -> None:
    assert not launcher.ready("use")
    launcher.set_up("use")
    assert [command[1] for command in steps] == ["venv", "pip"]
    assert "--require-hashes" in steps[1] and steps[1][-1].endswith("requirements.lock")
    assert launcher.ready("use") and not launcher.ready("test")
    packages = launcher.VENV / "lib/python3.11/site-packages"
    assert (packages / (packages / "amparo.pth").read_text().strip()).resolve() == launcher.ROOT / "src"


def test_what_the_tests_need_serves_use_too_and_stays(launcher: ModuleType, steps: list[list[str]]) -> None:
    launcher.set_up("test")
    assert launcher.ready("use") and launcher.ready("test")
    launcher.LOCKS["use"].write_text("newer==2\n")
    assert not launcher.ready("use")
    launcher.set_up("use")
    assert steps[-1][-1].endswith("requirements-dev.lock")
    assert launcher.ready("use") and launcher.ready("test")


def test_a_changed_lock_or_interpreter_is_noticed(launcher: ModuleType, steps: list[list[str]]) -> None:
    launcher.set_up("use")
    environment(launcher, "python3.12")
    assert not launcher.ready("use")
    (launcher.VENV / "bin/python3.12").unlink()
    assert not launcher.ready("use")
    environment(launcher)
    assert launcher.ready("use")
    launcher.LOCKS["use"].write_text("newer==2\n")
    assert not launcher.ready("use")


def test_nothing_is_started_when_nothing_changed(
    launcher: ModuleType, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher.set_up("use")
    steps.clear()
    handed: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(launcher.os, "execv", lambda path, argv: handed.append((path, argv)))
    monkeypatch.setattr(subprocess, "Popen", None)
    launcher.main(["count", "study", "--by", "year"])
    python = str(launcher.VENV / "bin/python")
    assert handed == [(python, [python, "-I", "-m", "amparo.cli", "count", "study", "--by", "year"])]
    assert steps == []


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["bench", "disclosure"], "test"),
        (["bench", "linkage", "--synthetic", "5000", "--peer", "splink"], "test"),
        (["bench", "linkage", "--synthetic", "5000"], "use"),
        (["--lang", "es", "bench", "disclosure", "--registers", "1"], "test"),
        (["bench", "demo"], "use"),
        (["--help"], "use"),
    ],
)
def test_peers_of_a_measurement_are_installed_for_it(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, arguments: list[str], kind: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(launcher, "prepare", lambda kind, spark: asked.append(kind))
    monkeypatch.setattr(launcher.os, "execv", lambda path, argv: 0)
    launcher.main(arguments)
    assert asked == [kind]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["test"], True),
        (["link", "study", "--engine", "spark"], True),
        (["link", "study", "--engine=spark://host:7077", "--seed", "2"], True),
        (["link", "study", "--engine", "duckdb"], False),
        (["link", "study", "--engine"], False),
        (["link", "study"], False),
        ([], False),
    ],
)
def test_spark_is_set_up_for_who_asks(launcher: ModuleType, arguments: list[str], wanted: bool) -> None:
    assert (arguments[:1] == ["test"] or launcher.asks_for_spark(arguments)) is wanted


def test_spark_is_built_from_what_its_lock_names_and_stamped(
    launcher: ModuleType, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher.prepare("test", True)
    assert [command[1] for command in steps] == ["venv", "pip", "pip"]
    lock = str(launcher.SPARK_LOCK)
    assert {"--require-hashes", "--no-deps"} <= set(steps[-1])
    assert steps[-1][steps[-1].index("--build-constraints") + 1] == lock and steps[-1][-1] == lock
    assert launcher.spark_ready() and launcher.ready("use")
    launcher.prepare("use", True)
    assert len(steps) == 3
    launcher.SPARK_LOCK.write_text("newer==2\n")
    launcher.prepare("use", True)
    assert len(steps) == 4
    launcher.LOCKS["use"].write_text("newer==2\n")
    launcher.prepare("use", False)  # the environment is made anew, without Spark
    assert not launcher.spark_ready() and launcher.ready("test")


def test_a_bundle_has_no_spark_and_says_so(launcher: ModuleType, steps: list[list[str]], capsys: Any) -> None:
    launcher.WHEELS.mkdir()
    launcher.prepare("test", True)
    assert not launcher.spark_ready() and len(steps) == 2
    assert "Spark is not in this bundle" in capsys.readouterr().err


def test_a_stopped_set_up_is_done_again(
    launcher: ModuleType, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    pretend = launcher.run

    def stopped(command: list[str], **options: Any) -> None:
        pretend(command, **options)
        if "sync" in command:
            raise KeyboardInterrupt

    monkeypatch.setattr(launcher, "run", stopped)
    assert launcher.main(["show"]) == 130
    assert "done anew" in capsys.readouterr().err
    assert not launcher.ready("use")
    monkeypatch.setattr(launcher, "run", pretend)
    launcher.set_up("use")
    assert launcher.ready("use") and "--clear" in steps[-2]


def test_a_second_launcher_waits_and_finds_all_done(
    launcher: ModuleType, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    pretend, begun, go = launcher.run, threading.Event(), threading.Event()

    def slow(command: list[str], **options: Any) -> None:
        begun.set()
        assert go.wait(30)
        pretend(command, **options)

    monkeypatch.setattr(launcher, "run", slow)
    waiting = threading.Event()
    tell = launcher.tell
    monkeypatch.setattr(
        launcher, "tell", lambda code, **facts: (tell(code, **facts), code == "waiting" and waiting.set())
    )
    first = threading.Thread(target=launcher.set_up, args=("use",))
    second = threading.Thread(target=launcher.set_up, args=("use",))
    first.start()
    assert begun.wait(30)
    second.start()
    assert waiting.wait(30)
    go.set()
    first.join(30)
    second.join(30)
    assert len(steps) == 2 and launcher.ready("use")
    assert "waiting" in capsys.readouterr().err


@pytest.mark.parametrize(("language", "word"), [("es_SV.UTF-8", "necesita"), ("C", "needs")])
def test_an_older_python_gets_one_sentence(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any, language: str, word: str
) -> None:
    monkeypatch.setenv("LANG", language)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(launcher.sys, "version_info", (3, 9, 2))
    assert launcher.main([]) == 1
    said = capsys.readouterr().err
    assert word in said and "3.9" in said and "3.11" in said and said.count("\n") == 1


def test_a_newer_python_on_the_path_takes_over(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer = tmp_path / "python3.12"
    newer.write_text("#!/bin/sh\n")
    newer.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(launcher.sys, "version_info", (3, 8, 0))
    started: list[str] = []

    def execv(path: str, argv: list[str]) -> None:
        started.append(path)
        raise SystemExit

    monkeypatch.setattr(launcher.os, "execv", execv)
    with pytest.raises(SystemExit):
        launcher.main(["demo"])
    assert started == [str(newer)]


def test_an_old_python_can_read_the_script() -> None:
    ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 6))


def test_windows_is_sent_to_wsl(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(launcher.os, "name", "nt")
        assert launcher.main(["demo"]) == 1
    assert "WSL" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("/usr/bin/python3: No module named pip", "python3-pip"),
        ("error: Failed to fetch: tcp connect error", "connection"),
        ("error: Hash mismatch for polars==2", "hash differs"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
    ],
)
def test_why_a_set_up_fails_is_said(launcher: ModuleType, capsys: Any, output: str, words: str) -> None:
    with pytest.raises(launcher.SetupError, match=words):
        launcher.run([sys.executable, "-c", f"import sys; print({output!r}); sys.exit(2)"])
    assert output in capsys.readouterr().err


def test_a_bundle_for_another_machine_says_for_which_it_was_made(launcher: ModuleType) -> None:
    launcher.WHEELS.mkdir()
    (launcher.WHEELS / "made-for").write_text("Python 3.14, Plan 9 mips\n")
    with pytest.raises(launcher.SetupError, match=r"made for Python 3\.14, Plan 9 mips"):
        launcher.run([sys.executable, "-c", "raise SystemExit(1)"])


@pytest.mark.parametrize("case", [((), 0, 0), (("apt-get",), 1000, 0), (("apt-get",), 0, 2)])
def test_chromium_is_installed_where_it_may_be_and_else_told_to_be_missing(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any, case: tuple[tuple[str, ...], int, int]
) -> None:
    found, user, runs = case
    ran: list[list[str]] = []
    monkeypatch.setattr("shutil.which", lambda name: name if name in found else None)
    monkeypatch.setattr(launcher.os, "geteuid", lambda: user)
    monkeypatch.setattr(launcher, "run", lambda command, **_: ran.append(command))
    launcher.set_up_chromium()
    assert len(ran) == runs and all("apt-get" in command for command in ran)
    assert ("apt-get install chromium" in capsys.readouterr().err) == (runs == 0)


def test_chromium_that_is_there_is_left_alone(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(launcher, "run", lambda *_, **__: pytest.fail("nothing is to be run"))
    launcher.set_up_chromium()


def wheel() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("uv-1.data/scripts/uv", "#!/bin/sh\n")
    return content.getvalue()


def test_uv_is_unpacked_from_a_wheel_that_the_lock_knows(launcher: ModuleType) -> None:
    launcher.TOOLS.mkdir()
    launcher.WHEELS.mkdir()
    (launcher.WHEELS / "uv-1-py3-none-any.whl").write_bytes(wheel())
    with pytest.raises(launcher.SetupError, match="hash differs"):
        launcher.uv()
    launcher.UV_LOCK.write_text(f"uv==1 \\\n    --hash=sha256:{hashlib.sha256(wheel()).hexdigest()}\n")
    tool = launcher.uv()
    assert tool.read_text() == "#!/bin/sh\n" and tool.stat().st_mode & 0o100
    (launcher.WHEELS / "uv-1-py3-none-any.whl").unlink()
    assert launcher.uv() == tool


def test_a_bundle_holds_the_tracked_files_and_the_wheels(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    monkeypatch.setattr(launcher, "pip_download", lambda lock, folder: (folder / f"{lock.stem}.whl").touch())
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").touch()
    (tmp_path / "private.txt").touch()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "src", "requirements.lock"], cwd=tmp_path, check=True)
    out = tmp_path / "out.tar.gz"
    assert launcher.main(["bundle", str(out)]) == 0
    with tarfile.open(out) as archive:
        names = archive.getnames()
        assert {entry.uname for entry in archive} == {""}
    assert {"amparo/src/a.py", "amparo/requirements.lock", "amparo/wheels/made-for"} <= set(names)
    assert "amparo/wheels/requirements-uv.whl" in names and "amparo/private.txt" not in names
    assert launcher.main(["bundle", str(out)]) == 3
    assert launcher.main(["bundle"]) == 2
    assert launcher.main(["bundle", str(tmp_path / "nowhere/out.tar.gz")]) == 1
    assert "nowhere" in capsys.readouterr().err
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert launcher.main(["bundle", str(tmp_path / "other.tar.gz")]) == 1
    assert "git checkout" in capsys.readouterr().err
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_both_languages_say_the_same_things(launcher: ModuleType) -> None:
    english, spanish = launcher.WORDS["en"], launcher.WORDS["es"]
    assert english.keys() == spanish.keys()
    for code in english:
        fields = [
            {field for _, field, _, _ in string.Formatter().parse(words[code]) if field}
            for words in (english, spanish)
        ]
        assert fields[0] == fields[1], code
    used = set(re.findall(r"""(?:say|tell)\(\s*"(\w+)\"""", SCRIPT.read_text("utf-8")))
    assert used | {"offline", "setup", "setup_offline"} == english.keys()
