"""Cases: the board, a case with its clocks, its household, partners, the week."""
