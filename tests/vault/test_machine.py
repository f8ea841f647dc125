from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from amparo.vault import machine


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A made-up /sys/dev/block and /proc."""
    monkeypatch.setattr(machine.sys, "platform", "linux")
    monkeypatch.setattr(machine, "_BLOCKS", tmp_path / "block")
    monkeypatch.setattr(machine, "_SWAPS", tmp_path / "swaps")
    monkeypatch.setattr(machine, "_MOUNTS", tmp_path / "mountinfo")
    (tmp_path / "block").mkdir()
    return tmp_path


def block(linux: Path, path: Path, uuid: str | None, *below: str | None) -> None:
    """The device that `path` lies on: its device-mapper name, and those of the devices under it."""
    number = path.stat().st_dev
    place = linux / "block" / f"{os.major(number)}:{os.minor(number)}"
    for where, name in ((place, uuid), *((place / "slaves" / str(n), each) for n, each in enumerate(below))):
        where.mkdir(parents=True)
        if name is not None:
            (where / "dm").mkdir()
            (where / "dm" / "uuid").write_text(f"{name}\n", "utf-8")


@pytest.mark.parametrize(
    ("uuid", "below", "said"),
    [
        (None, (), "plain"),
        ("CRYPT-LUKS2-synthetic", (), "encrypted"),
        ("LVM-synthetic", ("CRYPT-LUKS2-synthetic",), "encrypted"),
        ("LVM-synthetic", ("CRYPT-LUKS2-synthetic", None), "plain"),
        ("LVM-synthetic", (), "plain"),
    ],
)
def test_a_disk_is_encrypted_where_all_of_it_is(
    linux: Path, uuid: str | None, below: tuple[str | None, ...], said: str
) -> None:
    block(linux, linux, uuid, *below)
    assert machine.disk(linux) == said


def test_a_disk_that_the_system_says_nothing_of_is_unknown(linux: Path) -> None:
    assert machine.disk(linux) == "unknown"


def test_a_file_system_with_a_number_of_its_own_is_found_by_its_mount(
    linux: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, device = os.makedev(0, 77), os.makedev(8, 3)
    stated = {linux / "study": ("st_dev", own), linux / "mapper": ("st_rdev", device)}
    stat = Path.stat

    def told(path: Path, **options: bool) -> object:
        if path in stated:
            return SimpleNamespace(**dict([stated[path]]))
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", told)
    assert machine.disk(linux / "study") == "unknown"  # no mount table
    mount = f"36 35 0:77 / / rw,relatime shared:1 - btrfs {linux / 'mapper'} rw"
    (linux / "mountinfo").write_text(f"35 1 8:1 / / rw - ext4 /dev/other rw\n{mount}\n", "utf-8")
    place = linux / "block" / "8:3" / "dm"
    place.mkdir(parents=True)
    (place / "uuid").write_text("CRYPT-LUKS2-synthetic\n", "utf-8")
    assert machine.disk(linux / "study") == "encrypted"
    stated.pop(linux / "mapper")
    assert machine.disk(linux / "study") == "unknown"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "none"),
        ("/dev/zram0 partition 4 0 100\n", "none"),
        ("{plain} file 4 0 -2\n", "plain"),
        ("/dev/zram0 partition 4 0 100\n{plain} file 4 0 -2\n", "plain"),
        ("/nothing/there file 4 0 -2\n", "unknown"),
    ],
)
def test_swap_is_as_safe_as_the_worst_of_it(linux: Path, lines: str, said: str) -> None:
    block(linux, linux, None)
    (linux / "swap file").write_bytes(b"")
    plain = str(linux / "swap file").replace(" ", "\\040")
    (linux / "swaps").write_text(f"Filename Type Size Used Priority\n{lines.format(plain=plain)}", "utf-8")
    assert machine.swap() == said


def test_swap_nobody_tells_of_is_unknown(linux: Path) -> None:
    assert machine.swap() == "unknown"


@pytest.mark.parametrize(("answer", "said"), [("true\n", "encrypted"), ("false\n", "plain")])
def test_a_mac_is_asked_for_file_vault(monkeypatch: pytest.MonkeyPatch, answer: str, said: str) -> None:
    monkeypatch.setattr(machine.sys, "platform", "darwin")
    done = subprocess.CompletedProcess([], 0, stdout=answer)
    monkeypatch.setattr(machine.subprocess, "run", lambda *_, **__: done)
    assert machine.disk(Path()) == said
    assert machine.swap() == "encrypted"


def test_a_mac_that_does_not_answer_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(machine.sys, "platform", "darwin")
    monkeypatch.setattr(machine.subprocess, "run", silent)
    assert machine.disk(Path()) == "unknown"


def test_core_dumps_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, said in ((0, False), (resource.RLIM_INFINITY, True)):
        monkeypatch.setattr(machine.resource, "getrlimit", lambda _, limit=limit: (limit, limit))
        assert machine.core_dumps() is said


def test_a_closed_folder_keeps_others_from_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "file").chmod(0o644)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    tmp_path.chmod(0o700)
    assert machine.open_to_others(tmp_path) == 0
    tmp_path.chmod(0o750)
    assert machine.open_to_others(tmp_path) == 2
    (tmp_path / "file").chmod(0o600)
    assert machine.open_to_others(tmp_path) == 1
