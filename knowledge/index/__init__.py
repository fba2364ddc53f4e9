"""What may be quoted and where it is found: candidates from the store, decided by the database."""
