"""What needs the person today, and how the study stands."""
