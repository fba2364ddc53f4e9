"""The moves of a handoff and of a case, and the words that go with them."""
