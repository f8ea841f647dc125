import errno
import io

import pytest

from amparo.errors import AmparoError
from amparo.vault import age

ONE, TWO, OTHER = age.new_identity(), age.new_identity(), age.new_identity()
CONTENT = b"synthetic" * 20_000


def sealed(content: bytes = CONTENT) -> bytes:
    out = io.BytesIO()
    age.seal(io.BytesIO(content), out.write, [age.public(ONE), age.public(TWO)])
    return out.getvalue()


@pytest.mark.parametrize("secret", [ONE, TWO], ids=["one", "two"])
def test_each_recipient_opens_what_was_sealed(secret: str) -> None:
    out = io.BytesIO()
    stream = sealed()
    age.unseal(io.BytesIO(stream), out.write, secret)
    assert out.getvalue() == CONTENT
    assert b"synthetic" not in stream


def test_nobody_else_does() -> None:
    with pytest.raises(age.NotForThisKeyError):
        age.unseal(io.BytesIO(sealed()), io.BytesIO().write, OTHER)


@pytest.mark.parametrize("length", [0, 5, 100, 400, 70_000])
def test_what_is_cut_does_not_open(length: int) -> None:
    with pytest.raises(age.UnreadableError):
        age.unseal(io.BytesIO(sealed()[:length]), io.BytesIO().write, ONE)


def test_a_failure_of_reading_or_writing_is_raised_as_it_is() -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "synthetic")

    class Broken(io.BytesIO):
        def read(self, _: object = None) -> bytes:
            raise KeyboardInterrupt

    with pytest.raises(OSError, match="synthetic") as raised:
        age.seal(io.BytesIO(CONTENT), Full().write, [age.public(ONE)])
    assert raised.value.errno == errno.ENOSPC
    with pytest.raises(OSError, match="synthetic") as raised:
        age.unseal(io.BytesIO(sealed()), Full().write, ONE)
    assert raised.value.errno == errno.ENOSPC
    with pytest.raises(KeyboardInterrupt):
        age.seal(Broken(), io.BytesIO().write, [age.public(ONE)])
    with pytest.raises(KeyboardInterrupt):
        age.unseal(Broken(), io.BytesIO().write, ONE)


def test_keys_are_read_as_people_keep_them() -> None:
    assert age.identity(f"# created: 2026-01-01\n# public key: {age.public(ONE)}\n{ONE}\n") == ONE
    assert age.recipient(f" {age.public(ONE)}\n") == age.public(ONE)


@pytest.mark.parametrize(
    "text",
    ["", "# nothing", "AGE-SECRET-KEY-1QQQ", f"{ONE}\n{TWO}", age.public(ONE)],
    ids=["empty", "comment", "cut", "two", "public"],
)
def test_what_is_not_one_identity_is_refused(text: str) -> None:
    with pytest.raises(AmparoError, match=r"vault\.bad_identity"):
        age.identity(text)


@pytest.mark.parametrize(
    "text",
    ["", "age1qqq", age.public(ONE)[:-1], ONE, "ssh-ed25519 AAAA"],
    ids=["empty", "short", "cut", "secret", "other"],
)
def test_what_is_not_a_public_key_is_refused(text: str) -> None:
    with pytest.raises(AmparoError, match=r"vault\.bad_recipient"):
        age.recipient(text)
