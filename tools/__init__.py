"""Bounded tools: what may be asked of a company's own systems, for whom, how often and how long."""
