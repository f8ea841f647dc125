"""Risk and safety: what is asked, what is proposed, what a person decides, and contact without harm."""
