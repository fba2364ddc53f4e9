"""Stored text as blocks, passages, sentences and words, with exact offsets. Pure: no rows, no network, no model."""
