import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.vault import blobs, folder
from amparo.vault.envelope import new_key

KEY = new_key()
SIZES = (0, 1, blobs.CHUNK_BYTES - 1, blobs.CHUNK_BYTES, blobs.CHUNK_BYTES + 1, 3 * blobs.CHUNK_BYTES)


def content(size: int) -> bytes:
    return np.random.default_rng(size).bytes(size)


def path_of(study: folder.Opened, name: str) -> Path:
    return study.path / "blobs" / name[:2] / name


@pytest.mark.parametrize("size", SIZES)
def test_content_comes_back_and_is_kept_once_under_a_keyed_name(study: folder.Opened, size: int) -> None:
    name = blobs.put(study, KEY, content(size))
    kept = path_of(study, name).read_bytes()
    assert blobs.put(study, KEY, content(size)) == name
    assert blobs.get(study, KEY, name) == content(size)
    assert path_of(study, name).read_bytes() == kept
    assert blobs.name_of(study, KEY, content(size)) == name
    assert hashlib.blake2b(content(size), digest_size=32).hexdigest() != name
    if size > 1:
        assert content(size)[:64] not in kept


def test_another_study_or_key_gives_the_same_content_another_name(study: folder.Opened) -> None:
    other = folder.Opened(study.path, "0" * 32, study.secrets)
    names = {blobs.name_of(study, KEY, b"synthetic"), blobs.name_of(other, KEY, b"synthetic")}
    assert len(names | {blobs.name_of(study, new_key(), b"synthetic")}) == 3


def test_the_root_key_alone_opens_no_file(study: folder.Opened) -> None:
    name = blobs.put(study, KEY, b"synthetic")
    for key in (*study.secrets, study.key("blobs"), study.key("compartments"), new_key()):
        with pytest.raises(AmparoError, match=r"vault\.blob_damaged"):
            blobs.get(study, key, name)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(min_value=0), flip=st.integers(1, 255))
def test_every_changed_byte_is_found(study: folder.Opened, at: int, flip: int) -> None:
    name = blobs.put(study, KEY, content(3 * blobs.CHUNK_BYTES))
    path = path_of(study, name)
    sealed = bytearray(path.read_bytes())
    sealed[at % len(sealed)] ^= flip
    path.write_bytes(sealed)
    with pytest.raises(AmparoError, match=r"vault\.blob_damaged"):
        blobs.get(study, KEY, name)


def test_cut_swapped_repeated_and_added_chunks_are_found(study: folder.Opened) -> None:
    name = blobs.put(study, KEY, content(3 * blobs.CHUNK_BYTES))
    path = path_of(study, name)
    whole = path.read_bytes()
    head, chunk = len(whole) - 3 * (blobs.CHUNK_BYTES + 17), blobs.CHUNK_BYTES + 17
    first, second, third = (whole[head + n * chunk : head + (n + 1) * chunk] for n in range(3))
    for wrong in (
        b"",
        whole[: head - 1],
        whole[:head],
        whole[: head + chunk],
        whole[:-1],
        whole[:head] + second + first + third,
        whole[:head] + first + third,
        whole[:head] + first + first + second + third,
        whole + b"\0",
        whole + third,
    ):
        path.write_bytes(wrong)
        with pytest.raises(AmparoError, match=r"vault\.blob_damaged"):
            blobs.get(study, KEY, name)
    # What was damaged is made whole by keeping the same content again.
    assert blobs.put(study, KEY, content(3 * blobs.CHUNK_BYTES)) == name
    assert blobs.get(study, KEY, name) == content(3 * blobs.CHUNK_BYTES)


def test_a_file_under_another_name_does_not_open(study: folder.Opened) -> None:
    one, other = blobs.put(study, KEY, b"synthetic one"), blobs.put(study, KEY, b"synthetic other")
    path_of(study, other).write_bytes(path_of(study, one).read_bytes())
    with pytest.raises(AmparoError, match=r"vault\.blob_damaged"):
        blobs.get(study, KEY, other)


@pytest.mark.parametrize("name", ["0" * 64, "../study.db", "", "A" * 64])
def test_a_name_nobody_gave_is_missing(study: folder.Opened, name: str) -> None:
    with pytest.raises(AmparoError, match=r"vault\.blob_missing"):
        blobs.get(study, KEY, name)


def test_sweeping_removes_what_no_row_knows(study: folder.Opened) -> None:
    kept, orphan = blobs.put(study, KEY, b"synthetic kept"), blobs.put(study, KEY, b"synthetic orphan")
    (path_of(study, kept).parent / ".tmp-0123").write_bytes(b"half a file")
    assert blobs.sweep(study, {kept}) == 2
    assert blobs.get(study, KEY, kept) == b"synthetic kept"
    with pytest.raises(AmparoError, match=r"vault\.blob_missing"):
        blobs.get(study, KEY, orphan)
    assert blobs.sweep(study, {kept}) == 0
