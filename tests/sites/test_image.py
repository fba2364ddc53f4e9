"""What the image leaves out of its locked packages is missed by nothing."""

import re
import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parents[2]
LEFT_OUT = re.search(r"uv pip uninstall (.+)", (BASE / "docker/Dockerfile").read_text())[1].split()
TRY = """
import sys, tempfile
gone = {gone}
class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in gone:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Gone())
import chromadb
held = chromadb.PersistentClient(tempfile.mkdtemp()).get_or_create_collection("held", embedding_function=None)
held.upsert(ids=["a"], embeddings=[[1.0, 0.0]])
assert held.query(query_embeddings=[[1.0, 0.1]], n_results=1)["ids"] == [["a"]]
try:
    chromadb.HttpClient("127.0.0.1", 9)
except ValueError as nobody_there:
    print(nobody_there)
import langchain.chat_models, langchain_openai, tokenizers
print("fine")
"""


def test_nothing_asks_for_what_is_left_out() -> None:
    gone = {name.replace("-", "_") for name in LEFT_OUT}
    asked = [sys.executable, "-W", "ignore", "-c", TRY.format(gone=gone)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.splitlines()[-1:] == ["fine"], done.stderr[-2000:]
