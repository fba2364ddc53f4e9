"""Personal data that its form gives away, and where a site has it masked.

Law of the room: text in, text out; what is masked is gone for good. What has no form (a name in the middle of a
sentence, a street) is not found, and `docs/quality.md` says how much of the rest is not.
"""
