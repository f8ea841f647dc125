"""Runs of the linkage and the persons they found."""
