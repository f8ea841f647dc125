"""Bounded run of requirement 1: what is planted in a study is on the disk nowhere, also after a kill."""

import base64
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from amparo.vault import backup, folder, sqlcipher

CANARIES = [f"Canario-{number:02}-ñandú-sintético" for number in range(50)]

PLANT = """
import os, pathlib, signal, sys
import polars as pl
from amparo.vault import age, backup, blobs, envelope, folder, frames, slots, sqlcipher
from amparo.vault.audit import Head

canaries, KEY = sys.argv[2:], envelope.new_key()
opened = folder.open_with_key(
    pathlib.Path(sys.argv[1]), slots.Secrets(sys.stdin.buffer.read(32), sys.stdin.buffer.read(32))
)
database = sqlcipher.connect(opened.database, opened.key("database"), isolation_level=None)
database.execute("PRAGMA cache_size = 4")
database.execute("CREATE VIRTUAL TABLE words USING fts5 (said)")

def plant(canary):
    # Large enough to leave the page cache before the commit; sorting needs temporary room.
    database.execute("INSERT INTO note (said) VALUES (?)", (canary * 400,))
    database.execute("INSERT INTO words (said) VALUES (?)", (canary,))
    packed = frames.pack(pl.DataFrame({canary: [canary] * 500}))
    database.execute("INSERT INTO note (said) VALUES (?)", (packed,))
    blobs.put(opened, KEY, canary.encode() * 3000)
    blobs.put(opened, KEY, canary.encode("utf-16"))

for canary in canaries[:25]:
    plant(canary)
SORTED = "SELECT count(*) FROM (SELECT said FROM note ORDER BY said || id LIMIT 1000)"
database.execute(SORTED).fetchall()
backup.snapshot(opened)
recipient = age.public(age.new_identity())
backup.write(opened, opened.path.with_name("disk"), [recipient], lambda _: Head(1, "ab" * 32))
database.execute("DELETE FROM note WHERE id % 2")
print("committed", flush=True)
database.execute("BEGIN")
for canary in canaries[25:]:
    plant(canary)
database.execute(SORTED).fetchall()
os.kill(os.getpid(), signal.SIGKILL)
"""


def hits(*places: Path) -> list[tuple[str, str]]:
    """Files whose name or bytes hold what all canaries share, in any spelling a leak may take."""
    stem = "Canario-"
    spellings = {name: stem.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be")}
    spellings |= {"hexadecimal": stem.encode().hex().encode()}
    for shift in range(3):
        # Whole groups of three bytes only, wherever the stem falls in the encoded text.
        spellings[f"base64+{shift}"] = base64.b64encode(stem.encode()[shift:][:6])
    found = []
    for place in places:
        for path in (path for path in place.rglob("*") if path.is_file()):
            told = str(path.relative_to(place)).encode() + path.read_bytes()
            found += [(path.name, name) for name, form in spellings.items() if form in told]
    return found


def test_no_canary_is_found_after_a_kill_nor_after_recovery(study: folder.Opened, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (tmp_path / "disk").mkdir()
    environment = os.environ | {"TMPDIR": str(temporary), "SQLITE_TMPDIR": str(temporary)}
    # The child works in the watched folder, where a stray file of its own would also be seen.
    environment["PYTHONPATH"] = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    killed = subprocess.run(
        [sys.executable, "-c", PLANT, str(study.path), *CANARIES],
        input=b"".join(study.secrets),
        capture_output=True,
        env=environment,
        cwd=temporary,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert (killed.stdout, killed.stderr) == (b"committed\n", b"")
    assert (study.path / "study.db-wal").stat().st_size > 0
    assert hits(study.path, temporary, tmp_path / "disk") == []
    assert not list(temporary.iterdir())
    assert len(list((tmp_path / "disk").iterdir())) == 2

    with closing(sqlcipher.connect(study.database, study.key("database"))) as database:
        sqlcipher.verify(database, study.path)
        assert database.execute("SELECT count(*) FROM words").fetchone() == (25,)
    backup.snapshot(study)
    assert hits(study.path, temporary) == []

    # The search itself finds what is there in clear.
    (temporary / "clear").write_text(CANARIES[7])
    assert hits(temporary) == [("clear", "utf-8")]
