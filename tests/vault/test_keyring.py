import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from amparo.errors import AmparoError
from amparo.vault import keyring


@pytest.fixture(autouse=True)
def emptied() -> Iterator[None]:
    yield
    keyring.drop()


def test_a_key_is_found_under_any_spelling_of_its_path_until_it_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "other").mkdir()
    keyring.hold(tmp_path / "study.db", bytes(32))
    keyring.hold(tmp_path / "other/study.db", bytes(32))
    assert keyring.key_for(str(tmp_path / "link" / "study.db")) == bytes(32)
    keyring.drop(tmp_path / "link" / "study.db")
    with pytest.raises(AmparoError, match=r"vault\.locked"):
        keyring.key_for(tmp_path / "study.db")
    assert keyring.key_for(tmp_path / "other/study.db") == bytes(32)
    keyring.drop()
    with pytest.raises(AmparoError, match=r"vault\.locked"):
        keyring.key_for(tmp_path / "other/study.db")


@pytest.mark.skipif(sys.platform != "linux", reason="the dumpable flag and /proc are Linux's")
def test_a_process_that_holds_a_key_dumps_no_core_is_not_dumpable_and_keeps_it_out_of_the_swap(
    tmp_path: Path,
) -> None:
    held = (
        "import ctypes, pathlib, re, resource, sys\n"
        "from amparo.vault import keyring\n"
        "keyring.hold(pathlib.Path(sys.argv[1]) / 'study.db', bytes(32))\n"
        "locked = re.search(r'VmLck:\\s*(\\d+)', pathlib.Path('/proc/self/status').read_text())[1] != '0'\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), locked)\n"
        "resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))\n"
        "keyring.hold(pathlib.Path(sys.argv[1]) / 'study.db', b'1' * 32)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", held, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "(0, 0) 0 True"
