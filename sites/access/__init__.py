"""Who may do what on which site: people by their roles, programs by their tokens."""
