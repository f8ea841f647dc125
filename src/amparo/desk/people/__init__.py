"""Who works with the study, and a person's own ways in."""
