"""What a person reads who takes over, and what they have ready; read from the record only."""
