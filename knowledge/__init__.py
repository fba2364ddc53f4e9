"""What may be said: articles, their approved texts, and how they are found.

Law of the room: text is append-only; the index is derived and rebuildable, and never the authority.
"""
