"""Whom we speak for: sites, people and their roles, the record's chain, the outbox.

Law of the room: everything else is scoped by a site; nothing here knows of a room above it.
"""
