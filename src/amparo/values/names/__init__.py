"""Personal names: parsing, keys and short forms."""

from amparo.values.names.parser import Convention, Name, infer_convention, infer_order, parse_name

__all__ = ["Convention", "Name", "infer_convention", "infer_order", "parse_name"]
