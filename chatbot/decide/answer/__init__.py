"""The words of articles that a customer reads: which sentences, how much of a section, how drawn, and if they hold.

Law of the room: words are chosen and cut out of stored text, never written. What verifies them knows nothing of how
they were chosen or drawn, only the stored text.
"""
