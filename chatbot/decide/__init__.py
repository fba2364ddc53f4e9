"""What decides, and nothing else: a question and a snapshot in, a Decision out. It writes nothing and sends nothing.

Every module here and all it imports is covered by the build's fingerprint (`build.py`): a change takes every category
down until a release passes again.
"""
