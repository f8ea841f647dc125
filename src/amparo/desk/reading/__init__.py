"""The reading room: files come in, what readers propose is decided on, a sentence becomes a source."""
