"""Every rule is cited, sourced, dated, and named in both languages."""

from __future__ import annotations

import pytest

from amparo.clocks.rules import Rule, rules, sources
from amparo.report.catalogue import languages, sentences


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.id)
def test_a_rule_says_where_it_comes_from_and_when_to_look_again(rule: Rule) -> None:
    assert rule.citation
    assert rule.sources
    assert set(rule.sources) <= set(sources())
    assert rule.last_checked < rule.check_again
    assert rule.name.es
    assert rule.name.en
    assert len({version.id for version in rule.versions}) == len(rule.versions)
    for version in rule.versions:
        assert version.start <= version.end
        assert version.known_from < version.known_until


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.id)
def test_what_a_rule_may_say_has_words_in_both_languages(rule: Rule) -> None:
    said = {
        f"clock.reason.{reason}"
        for reason in (rule.trigger.missing, rule.trigger.partial, rule.trigger.invalid)
    }
    said |= {f"clock.reason.{gate.reason}" for gate in rule.gates}
    said |= {f"clock.warning.{warning}" for warning in rule.warnings}
    said |= {f"clock.why.{other.why}" for version in rule.versions for other in version.alternatives}
    for language in languages():
        assert said <= set(sentences(language))
