"""How a question is drawn to the section that answers it: learnt on help centres of companies that do not exist.

Law of the room: tools of development, which need torch; nothing that serves is here. What comes of them is one file of
numbers, `knowledge/embedding/questions.npz`, and one of words, `knowledge/embedding/english.txt`.
"""
