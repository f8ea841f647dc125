"""The command line: one verb, one function. Only this room and the report print or translate."""

from amparo.cli.app import main

__all__ = ["main"]
