"""Django's door to a study: `ENGINE = "amparo.vault.backend"`, `NAME` = the path of `study.db`."""
