"""What is owed to the persons in the register: purposes, consent, retention, holds, erasure, a copy for them."""
