"""Referrals: what leaves under which consent, a second person, a sealed package, an answer."""
