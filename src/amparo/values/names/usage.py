"""How the lists of a study use the words of names: learned from where a word stands surely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amparo.values.names.kinds import GIVEN, SURNAME, UNKNOWN, kind
from amparo.values.names.lexicon import EITHER, lexicon
from amparo.values.text import plain

Usage = Mapping[str, str]  # word -> GIVEN or SURNAME

_SEEN = 3  # times a word must stand surely as one part of a name
_SHARE = 0.9  # of its times


def learn_usage(counts: Iterable[tuple[str, int, int]]) -> Usage:
    """The part of a name that words are, from how often each is surely a given name and surely a surname.

    Only of words that the word lists do not know or know as either.
    """
    seen: dict[str, list[int]] = {}
    for written, as_given, as_surname in counts:
        word = plain(written)
        times = seen.setdefault(word, [0, 0])
        times[0] += as_given
        times[1] += as_surname
    aside = lexicon().particles | lexicon().titles | lexicon().inner_particles
    learned = {}
    for word, (as_given, as_surname) in seen.items():
        times = as_given + as_surname
        if times < _SEEN or max(as_given, as_surname) < _SHARE * times or word in aside:
            continue
        if word not in lexicon().kinds or kind(word) in (EITHER, UNKNOWN):
            learned[word] = GIVEN if as_given > as_surname else SURNAME
    return learned
