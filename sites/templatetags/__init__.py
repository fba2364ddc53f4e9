"""What the templates of every room may use."""
