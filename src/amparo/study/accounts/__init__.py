"""Who works with the study: users, compartments and the audit chain."""
