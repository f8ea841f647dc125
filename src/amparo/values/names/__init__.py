"""Personal names: parsing, the sound of a token, and short forms."""

from amparo.values.names.keys import formal, phonetic
from amparo.values.names.parser import Convention, Name, infer_convention, infer_order, parse_name

__all__ = ["Convention", "Name", "formal", "infer_convention", "infer_order", "parse_name", "phonetic"]
