import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic.wordlist import WORDLIST

from amparo.errors import AmparoError
from amparo.vault import shares

secrets = st.binary(min_size=32, max_size=32)
# One split for tests that only look at words: made once, any secret will do.
SECRET = bytes(range(32))
MADE = shares.split(SECRET)


def raised(*typed: str) -> tuple[str, dict[str, object]]:
    with pytest.raises(AmparoError) as error:
        shares.join(typed)
    return error.value.code, error.value.facts


@settings(max_examples=20)
@given(secrets)
def test_any_two_of_three_give_the_secret_and_one_gives_nothing(secret: bytes) -> None:
    made = shares.split(secret)
    assert len(set(made)) == shares.SHARES == 3
    for some in itertools.permutations(made, 2):
        assert shares.join(some) == secret
    assert shares.join(made) == secret
    for one in made:
        assert raised(one) == ("vault.shares_few", {"needed": 2})
        assert raised(one, one) == ("vault.shares_same", {})
    assert raised() == ("vault.shares_few", {"needed": 2})


@settings(max_examples=20)
@given(secrets)
def test_shares_of_two_sets_do_not_join_even_of_one_secret(secret: bytes) -> None:
    one, other = shares.split(secret), shares.split(secret)
    for mixed in itertools.product(one, other):
        assert raised(*mixed)[0] == "vault.shares_apart"


def test_the_same_secret_gives_other_words_each_time() -> None:
    assert not set(MADE) & set(shares.split(SECRET))
    assert [shares.index_of(share) for share in MADE] == [1, 2, 3]
    assert {shares.set_of(share) for share in MADE} == {" ".join(MADE[0].split()[:2])}


@given(
    st.integers(0, 2),
    st.integers(0, 32),
    st.integers(1, 1023),
)
def test_one_wrong_word_is_named_by_its_place(share: int, at: int, shift: int) -> None:
    words = MADE[share].split()
    words[at] = WORDLIST[(WORDLIST.index(words[at]) + shift) % 1024]
    typed = [*MADE[:share], " ".join(words)]
    assert raised(*typed) == ("vault.share_mistyped", {"share": share + 1, "position": at + 1})


@settings(max_examples=50)
@given(st.integers(0, 32), st.integers(0, 32), st.integers(1, 1023), st.integers(1, 1023))
def test_two_wrong_words_are_never_taken_nor_blamed_on_one(one: int, other: int, a: int, b: int) -> None:
    words = MADE[0].split()
    for at, shift in ((one, a), (other, b)):
        words[at] = WORDLIST[(WORDLIST.index(words[at]) + shift) % 1024]
    if words == MADE[0].split():
        return
    code, facts = raised(" ".join(words), MADE[1])
    wrong = [at for at, word in enumerate(MADE[0].split()) if words[at] != word]
    if len(wrong) == 1:
        assert (code, facts["position"]) == ("vault.share_mistyped", wrong[0] + 1)
    else:
        assert code == "vault.share_checksum"


def test_a_word_that_is_none_and_a_share_too_short_are_named() -> None:
    words = MADE[1].split()
    typed = " ".join([*words[:16], "lluvia", *words[17:]])
    assert raised(MADE[0], typed) == ("vault.share_word", {"share": 2, "position": 17})
    lacking = {"share": 1, "words": 32, "expected": 33}
    assert raised(" ".join(words[:-1])) == ("vault.share_length", lacking)
    assert raised("") == ("vault.share_length", lacking | {"words": 0})
    swapped = " ".join([words[1], words[0], *words[2:]])
    assert raised(swapped)[0] == "vault.share_checksum"


def test_how_the_words_are_written_does_not_matter() -> None:
    words = MADE[0].split()
    for written in (
        MADE[0].upper(),
        "\r\n".join(words),
        ", ".join(words),
        " ".join(word[:4] for word in words),
        "\n".join(f"{number:2}. {word}" for number, word in enumerate(words, 1)),
        " ".join(f"{number}) {word}" for number, word in enumerate(words, 1)),
        f"  {MADE[0]} \n",
        MADE[0].replace("a", "\uff41"),
    ):
        assert shares.check(written, 1) == MADE[0]
