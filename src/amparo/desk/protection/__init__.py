"""Open a file, keep a family safe, refer them with their consent, and see how long ways to safety take."""
