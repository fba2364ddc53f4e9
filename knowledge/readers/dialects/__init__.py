"""The many kinds of Markdown as the one that is stored: what a reader of the page sees, and nothing of how it is built.

Law of the room: the author's words stay as they are, where they stand. What is struck out, hidden or only an
instruction to a program is taken out of them; what has a meaning that Markdown cannot hold (a label, a footnote) is put
into words at its place. Every loss is a note with its line. Texts without any of it come back unchanged, and so
does everything that has been through here once.
"""
