"""The child of `aside`: lists of texts in, rows of vectors out, until nobody asks. It loads the model and no more."""

import json
import os
import select
import sys

from knowledge.embedding.minilm import Encoder

NICE = 10  # a tenth of the core that a turn wants too; at 19 a machine that is never idle would never get done


def serve(idle: float) -> None:
    """Answer lists of texts on standard input until it is closed, or nothing came for so many seconds."""
    os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    model = Encoder()
    source, rows = sys.stdin.buffer, sys.stdout.buffer
    while select.select([source], [], [], idle)[0] and (line := source.readline()):
        rows.write(model.encode(json.loads(line)).tobytes())
        rows.flush()


if __name__ == "__main__":
    serve(float(sys.argv[1]))
