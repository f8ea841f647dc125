"""Personal names: parsing, the sound of a token, and short forms."""

from amparo.values.names.keys import formal, phonetic, whole_surname
from amparo.values.names.parser import Convention, Name, infer_convention, infer_order, parse_name
from amparo.values.names.usage import Usage, learn_usage

__all__ = [
    "Convention",
    "Name",
    "Usage",
    "formal",
    "infer_convention",
    "infer_order",
    "learn_usage",
    "parse_name",
    "phonetic",
    "whole_surname",
]
