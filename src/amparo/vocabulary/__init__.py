"""Coded lists in Spanish and English, and what can be said of each kind of thing: YAML, read once."""
