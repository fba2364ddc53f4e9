"""The passages for a question, best first, each read from the database in that very call."""
