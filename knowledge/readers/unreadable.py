"""What is raised by whoever reads a format; `documents` adds the file's name."""


class Unreadable(ValueError):
    """A file that cannot become a text. The message says why, and what would help."""
