"""The listed phrases (`*.txt`), and the plain form that a message is brought into so that they are found in it.

Law of the room: a phrase is a line in a file, with what it speaks of above it, and is found in time linear in the
message. What follows from one that is found is decided elsewhere.
"""
