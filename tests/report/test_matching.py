from __future__ import annotations

import pytest

from amparo.linkage.doubtful import Doubtful, Share, Step, TwoLists
from amparo.linkage.explain import Step as Weight
from amparo.linkage.explain import Waterfall
from amparo.report.catalogue import languages
from amparo.report.matching import page
from amparo.report.page import document
from amparo.study.linking.findings import Doubt, Page, Side

SIDES = (
    Side("a.1.2", "Synthetic <list> a", {"given": "Ana", "surname": "Alas"}),
    Side("b.1.2", "Synthetic list b", {"given": "Anna", "surname": "Alas Cruz", "age": "31"}),
)
WEAKEST = Waterfall(
    ("a.1.2", "b.1.2"),
    (Weight("prior", "", -12.0, 0.0), Weight("surname", "first equal, second unknown", 13.0, 2.0)),
    1.0,
    0.67,
    0.2,
    0.1,
)
QUALITY = {
    "records": 300,
    "persons": 210,
    "expected_precision": 0.97,
    "expected_recall": None,
    "threshold": 0.5,
    "sizes": {"1": 150, "2": 60},
}
LISTS = (TwoLists("a", "b", 90, Share(0.9, 0.95, 0.99), Share(None, None, None)),)
CURVE = tuple(Step(at / 10, 0.9 + at / 100, 1.0 - at / 20, 100 - at) for at in range(1, 10))
TOLD = Page(
    "Synthetic study",
    True,
    "2026-11-30",
    QUALITY,
    LISTS,
    CURVE,
    (Doubt(Doubtful("A", ("a.1.2", "b.1.2"), 0.52), SIDES, WEAKEST),),
)


@pytest.mark.parametrize("lang", languages())
def test_the_page_tells_all_of_it_and_loads_nothing(lang: str) -> None:
    html = document(page(TOLD, lang))
    assert "<script" not in html and "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html
    for text in ("210", "Alas Cruz", "a.1.2", "52.0", "95.0", "+13.0", "Synthetic &lt;list&gt; a"):
        assert text in html, text
    assert html.count("<svg") == 2
    # A telephone shows the cells of a wide table under each other, each with its column's words.
    assert html.count('data-head="Synthetic &lt;list&gt; a · a.1.2"') == 3


def test_a_linkage_without_doubts_says_so() -> None:
    html = document(page(TOLD._replace(doubts=()), "en"))
    assert "No person has more than one record." in html
