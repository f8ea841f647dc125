"""The register: find persons, read what is known of them and why, correct it, verify it."""
