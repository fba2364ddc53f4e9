"""How text comes in, who may approve it and take it back, and its way into the index."""
