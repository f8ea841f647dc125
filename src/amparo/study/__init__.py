"""The study: models, rules and services; the one room where the store and the laboratory meet."""
