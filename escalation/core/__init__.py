"""How a move is made: the ledger held, the right checked, the rows moved, two records kept."""
