import subprocess
import sys
from pathlib import Path

import pytest

from amparo.errors import AmparoError
from amparo.vault import keyring


def test_a_key_is_found_under_any_spelling_of_its_path_until_it_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    keyring.hold(tmp_path / "study.db", bytes(32))
    keyring.hold(tmp_path / "other.db", bytes(32))
    assert keyring.key_for(str(tmp_path / "link" / "study.db")) == bytes(32)
    keyring.drop(tmp_path / "link" / "study.db")
    with pytest.raises(AmparoError, match=r"vault\.locked"):
        keyring.key_for(tmp_path / "study.db")
    assert keyring.key_for(tmp_path / "other.db") == bytes(32)
    keyring.drop()
    with pytest.raises(AmparoError, match=r"vault\.locked"):
        keyring.key_for(tmp_path / "other.db")


@pytest.mark.skipif(sys.platform != "linux", reason="the dumpable flag is Linux's")
def test_a_process_that_holds_a_key_dumps_no_core_and_is_not_dumpable() -> None:
    held = (
        "import ctypes, pathlib, resource\n"
        "from amparo.vault import keyring\n"
        "keyring.hold(pathlib.Path('study.db'), bytes(32))\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
    )
    told = subprocess.run([sys.executable, "-c", held], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "(0, 0) 0"
