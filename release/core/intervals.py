"""How far a share seen in a sample may be from the truth: `sites.core.intervals`, as this room has always called it."""

from sites.core.intervals import Z as Z
from sites.core.intervals import wilson as wilson
