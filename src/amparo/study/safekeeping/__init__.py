"""The study kept safe outside itself: who opens backups, when one is due, restoring and rehearsing it."""
