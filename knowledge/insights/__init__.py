"""What owners should look at: gaps, weak texts, dead links, use. Nothing here decides or changes anything."""
