"""The composition root: settings, addresses, the serving process, `make run`.

Law of the room: nothing imports it but what starts a process.
"""
