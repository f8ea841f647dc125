"""Dated legal rules in, deadlines out: each with its rule, citation, version and day of knowledge.

Not legal advice: every rule is data that somebody looked up on a day, and that must be looked at again.
"""

from __future__ import annotations

from amparo.clocks.compute import Clock, Competing, compute
from amparo.clocks.rules import Rule, rules

__all__ = ["Clock", "Competing", "Rule", "compute", "rules"]
