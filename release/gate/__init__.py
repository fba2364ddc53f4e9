"""The only way to customers: what a release must show, and what it changes. It fails closed."""
