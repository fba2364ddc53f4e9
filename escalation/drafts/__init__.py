"""Answers that a person sees before the customer does: drafts, suggestions, and seeded ones."""
