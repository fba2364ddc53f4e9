"""Texts to vectors, kept by content; the one place that knows which model runs."""
