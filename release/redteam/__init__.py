"""The red team: it attacks a running server as a customer would, and writes down all that it tried.

It drives the real socket and knows of the bot only what customers see and what turns leave on record. Whether a try
succeeded is decided by `release.redteam.judges`, which share no code with what they judge.
"""
