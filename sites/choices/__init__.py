"""What a site chooses for itself: hours, patience, countries, routes, signals, words in danger."""
