"""The first look at a message: what a person must hear, what is courtesy, what is hostile, what language it is in.

Law of the room: any string gives a screening, the same one every time, and no article or category is looked at. It only
reads; the turn decides what follows.
"""
