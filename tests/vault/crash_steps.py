"""Kill a process at every step it takes on the disk, and see each time what the next process finds.

Run by `test_crashes.py` in a process without threads, because it forks. Prints the number of kills.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from amparo.errors import AmparoError
from amparo.vault import backup, blobs, folder, slots, sqlcipher

STEPS = {"open", "os.rename", "os.mkdir", "os.chmod", "os.remove", "os.rmdir", "os.link", "fcntl.flock"}
OLD, NEW = "vieja frase sintetica", "nueva frase sintetica"
CONTENT = b"synthetic source " * 9000


def note(opened: folder.Opened, said: str) -> None:
    with closing(sqlcipher.connect(opened.database, opened.key("database"))) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS note (said TEXT)")
        database.execute("INSERT INTO note VALUES (?)", (said,))


def notes(opened: folder.Opened) -> list[str]:
    with closing(sqlcipher.connect(opened.database, opened.key("database"))) as database:
        sqlcipher.verify(database, opened.path)
        return [said for (said,) in database.execute("SELECT said FROM note")]


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that dies just before its `step`-th step; tell whether it died."""
    child = os.fork()
    if not child:
        left = step

        def count(event: str, _: tuple[Any, ...]) -> None:
            nonlocal left
            left -= event in STEPS
            if left == 0:
                left = -1  # the kill is an event too
                os.kill(os.getpid(), signal.SIGKILL)

        durable = os.fsync

        def fsync(descriptor: Any) -> None:
            count("open", ())
            durable(descriptor)

        os.fsync = fsync  # ty: ignore[invalid-assignment]  (a stand-in that counts)
        sys.addaudithook(count)
        act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0, f"the child ended with {status}"
    return False


def kills(act: Callable[[], object], check: Callable[[bool], None], prepare: Callable[[], object]) -> int:
    step = 1
    while True:
        prepare()
        died = killed_at(step, act)
        check(died)
        if not died:
            return step - 1
        step += 1


def main(room: Path) -> None:
    # Argon2id leaves no trace on the disk.
    slots.hash_secret_raw = lambda secret, *_: (secret * 32)[:32]  # ty: ignore[invalid-assignment]
    model = folder.create(room / "model", OLD, lambda opened: note(opened, "kept"))
    kept = blobs.put(model, b"synthetic blob kept")
    path = room / "study"

    def copy() -> folder.Opened:
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(model.path, path)
        return folder.open_with_key(path, model.root_key)

    def whole(passphrases: tuple[str, ...]) -> folder.Opened:
        """The study opens with one of these, verifies, takes the lock and holds no temporary file then."""
        for passphrase in passphrases:
            try:
                opened = folder.open_folder(path, passphrase)
                break
            except AmparoError as error:
                assert error.code == "vault.wrong_passphrase", error
        else:
            raise AssertionError("no passphrase opens the study")
        assert notes(opened) == ["kept"]
        assert blobs.get(opened, kept) == b"synthetic blob kept"
        blobs.sweep(opened, {kept})
        assert not list(path.rglob(".tmp-*"))
        return opened

    def created(died: bool) -> None:
        if path.exists():
            assert notes(folder.open_folder(path, OLD)) == ["kept"]
        else:
            assert died
            folder.create(path, OLD, lambda opened: note(opened, "kept"))
        shutil.rmtree(path)

    def changed(died: bool) -> None:
        whole((OLD, NEW) if died else (NEW,))

    def put(died: bool) -> None:
        opened = folder.open_folder(path, OLD)
        if not died:
            (name,) = {each.name for each in (path / "blobs").glob("*/*")} - {kept}
            assert blobs.get(opened, name) == CONTENT
        # What a kill left neither passes for the content nor stands in its way.
        assert blobs.get(opened, blobs.put(opened, CONTENT)) == CONTENT
        whole((OLD,))

    def copied(died: bool) -> None:
        opened = whole((OLD,))
        finished = list((path / "backups").iterdir())
        assert died or len(finished) == 1
        for each in finished:
            assert notes(folder.open_folder(each, OLD)) == ["kept"]
            assert blobs.get(folder.open_folder(each, OLD), kept)
        assert opened.path == path

    total = {
        "create": kills(
            lambda: folder.create(path, OLD, lambda opened: note(opened, "kept")), created, lambda: None
        ),
        "change": kills(lambda: folder.change_passphrase(path, OLD, NEW), changed, copy),
        "put": kills(lambda: blobs.put(folder.open_with_key(path, model.root_key), CONTENT), put, copy),
        "snapshot": kills(lambda: backup.snapshot(folder.open_with_key(path, model.root_key)), copied, copy),
    }
    assert sorted(each.name for each in room.iterdir()) == ["model", "study"], list(room.iterdir())
    print(total)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
