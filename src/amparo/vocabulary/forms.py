"""What a referral may carry: its forms, each field with where its value comes from."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from amparo.vocabulary.lists import DATA

Part = Literal["case", "person", "member"]


class FormField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field: whom it tells of, the value's origin (`room.field`), its words and its source."""

    part: Part
    of: str
    en: str
    es: str
    source: str


class ReferralForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One form with its fields in their order."""

    en: str
    es: str
    source: str
    fields: dict[str, FormField]


@cache
def forms() -> dict[str, ReferralForm]:
    """Every form by its code (`data/forms.yml`)."""
    return msgspec.yaml.decode(DATA.joinpath("forms.yml").read_bytes(), type=dict[str, ReferralForm])
