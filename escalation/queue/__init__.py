"""Who waits, who is there, who comes first, and who is told while nobody claims."""
