"""What customers should not have been told: who was, what becomes of each, and what no release says again."""
