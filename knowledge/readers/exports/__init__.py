"""Exports of other programs: which of the files are articles, what they are called, where customers read them.

Law of the room: nothing is fetched and no text is read here; the bodies go on to the same bounded child as every file.
What is not for everybody (a draft, an article for some readers) is left out, and each cause is one warning.
"""
