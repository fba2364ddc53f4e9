"""The one way a room says no: a move is not made, and a sentence says why and what would mend it."""


class Refused(Exception):
    """What was asked for is not done, and nothing has changed.

    `said` is shown to the person who asked, as it is: why not, and what would mend it. Who may not ask at all gets
    `sites.access.roles.NotAllowed` instead. An item of the outbox that is refused is never tried again.
    """

    def __init__(self, said: str) -> None:
        super().__init__(said)
