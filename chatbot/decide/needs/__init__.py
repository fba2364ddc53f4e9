"""What a customer needs besides an answer: who is in danger, grief or trouble, who wants a person, what is stolen.

Law of the room: several witnesses (meaning, wording, context, listed phrases) say how likely each need is; none decides
alone, and what each said is kept. Fitted on messages of our own writing (`voices/`); the weights are shipped, so that
every start reads alike.
"""
