"""Protection cases: one family's way to safety, in sealed entries that are only added."""
