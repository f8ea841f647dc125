"""Every factor of risk has words in both languages, a source, and signs that the register can give."""

from amparo.vocabulary.model import fits, model
from amparo.vocabulary.risk import factors


def test_every_factor_has_words_in_both_languages_and_a_source() -> None:
    for name, factor in factors().items():
        assert factor.en.strip() and factor.es.strip() and factor.source.strip(), name
    for language in ("en", "es"):
        words = [getattr(factor, language) for factor in factors().values()]
        assert len(words) == len(set(words))


def test_what_the_seed_says_of_risk_is_asked() -> None:
    asked = {"threat_home", "controlled_area", "unit_against_group", "testified", "foreign_training"}
    asked |= {"cannot_move", "weapon_forbidden", "mask_forbidden", "off_duty_exposed", "member_in_danger"}
    assert asked <= set(factors())


def test_every_sign_is_something_that_can_be_claimed() -> None:
    for factor in factors().values():
        for sign in factor.told_by:
            place, _, value = sign.partition("=")
            kind, _, field = place.partition(".")
            assert kind in model()
            assert not field or (fits(kind, field, value) if value else field in model()[kind].fields), sign
