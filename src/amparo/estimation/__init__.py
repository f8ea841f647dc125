"""Capture histories in, the uncounted out: checks, estimates with their intervals, or a refusal."""
