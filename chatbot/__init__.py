"""The bot and its widget: what decides, one turn from its first row to its last, and the doors to it.

Law of the room: `decide` writes nothing and sends nothing; `turn` tells the whole story in one screen.
"""
