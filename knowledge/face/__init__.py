"""What other rooms may use of this one, a file for each use; its rows are in `knowledge.models`.

Everything else in the room is its own business: `lint-imports` lets no other room import it.
"""
