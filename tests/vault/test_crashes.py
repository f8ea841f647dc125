import subprocess
import sys
from pathlib import Path


def test_a_kill_at_any_step_leaves_the_old_study_or_the_new_one(tmp_path: Path) -> None:
    script = Path(__file__).with_name("crash_steps.py")
    ended = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    assert ended.stdout.startswith("{'create': ")
