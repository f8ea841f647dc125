"""What is owed to the persons in the register: purposes, consent, holds, erasure, a copy for them."""
