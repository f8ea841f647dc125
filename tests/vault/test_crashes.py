import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from amparo.vault import folder, sqlcipher

WRITER = """
import itertools, pathlib, sys
from amparo.vault import folder, slots, sqlcipher

opened = folder.open_with_key(
    pathlib.Path(sys.argv[1]), slots.Secrets(sys.stdin.buffer.read(32), sys.stdin.buffer.read(32))
)
with folder.writing(opened):
    database = sqlcipher.connect(opened.database, opened.key("database"))
    for number in itertools.count():
        with database:
            database.execute("INSERT INTO note (said) VALUES (?)", (f"{sys.argv[2]} {number}",))
        print(number, flush=True)
"""


def test_a_kill_at_any_step_leaves_the_old_study_or_the_new_one(tmp_path: Path) -> None:
    script = Path(__file__).with_name("crash_steps.py")
    ended = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    assert ended.stdout.startswith("{'create': ")


@pytest.mark.parametrize("lines", [1, 20])
def test_no_acknowledged_write_is_lost_and_the_next_writer_goes_on(study: folder.Opened, lines: int) -> None:
    for turn in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(study.path), f"turn {turn}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert writer.stdin
        assert writer.stdout
        writer.stdin.write(b"".join(study.secrets))
        writer.stdin.close()
        for _ in range(lines):
            writer.stdout.readline()
        writer.kill()
        # What it told before it died counts as acknowledged too.
        acknowledged = lines + len(writer.stdout.readlines())
        writer.stdout.close()
        writer.wait()
        with (
            folder.writing(study),
            closing(sqlcipher.connect(study.database, study.key("database"))) as database,
        ):
            sqlcipher.verify(database, study.path)
            kept = {said for (said,) in database.execute("SELECT said FROM note")}
        assert {f"turn {turn} {number}" for number in range(acknowledged)} <= kept
