"""The topic gate: is a message about a category that this site allows, read with what it leans on and the articles.

Law of the room: no number here is chosen for a site. What decides on a site is computed from its own messages; what is
shown to its owners (`calibration.py`) counts and decides nothing.
"""
