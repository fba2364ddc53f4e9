"""What every room writes through: the hash chain, the outbox, hints, and SQL of the hot path."""
