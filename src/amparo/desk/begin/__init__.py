"""A study made in the browser, step by step: what it counts, the passphrase, the recovery shares."""
