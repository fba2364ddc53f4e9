"""A small demo shop's order service: its own process, its own database, read-only over HTTP.

Handrail knows it by its address only.
"""
