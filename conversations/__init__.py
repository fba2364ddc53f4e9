"""What was said, and all fixed wording.

Law of the room: two writers (`record`, `delivery`; `synthetic` for what is marked); everything else reads.
"""
