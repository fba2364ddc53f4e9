"""What may be exposed: scenarios, the gate, releases, exposure, incidents, monitoring.

Law of the room: it fails closed; only this room raises exposure or moves what is published.
"""
