"""Who takes over: the queue, the desk, drafts, and what an agent is shown.

Law of the room: every handoff ends claimed, called back or withdrawn.
"""
