"""Ask the assistant about tickets, read what it would say, and say what you made of it.

    HANDRAIL=https://chat.example.com HANDRAIL_TOKEN=hrt_... python suggest.py tickets.jsonl

Each line of the file is a ticket: {"id": "4711", "text": "Where is my parcel?"}. Nothing is sent to anybody.
"""

import json
import os
import sys
import urllib.error
import urllib.request

ADDRESS = f"{os.environ['HANDRAIL']}/api/v1/suggest/"
HEADERS = {"Authorization": f"Bearer {os.environ['HANDRAIL_TOKEN']}", "Content-Type": "application/json"}
WORDS = {"a": "accepted", "e": "edited", "r": "rejected"}
WHY = {"1": "wrong", "2": "beside", "3": "incomplete", "4": "unfitting"}


def post(address: str, **body: str) -> dict:
    """The answer's JSON; a refusal ends the program with its sentence."""
    request = urllib.request.Request(address, json.dumps(body).encode(), HEADERS)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        sys.exit(f"{refusal.code}: {refusal.read().decode()}")


def choose(question: str, answers: dict[str, str]) -> str:
    """One of the answers, by its key."""
    while (key := input(f"{question} ({', '.join(f'{k} {v}' for k, v in answers.items())}): ")) not in answers:
        pass
    return answers[key]


def main(file: str) -> None:
    """Every ticket of the file in turn."""
    with open(file, encoding="utf-8") as lines:
        tickets = [json.loads(line) for line in lines if line.strip()]
    for ticket in tickets:
        said = post(ADDRESS, ticket=ticket["id"], text=ticket["text"])
        print(f"\n[{ticket['id']}] {ticket['text']}")
        if said["id"] is None:
            print(f"  nothing to suggest: {said['reason']}")
            continue
        print(f"  {said['text']}")
        for cited in said["citations"]:
            print(f"  [{cited['n']}] {cited['title']} {cited['url']}")
        verdict = choose("What do you make of it?", WORDS)
        why = choose("Why?", WHY) if verdict == "rejected" else ""
        post(f"{ADDRESS}{said['id']}/", verdict=verdict, why=why)
        print(f"  {verdict}: counted for {said['category']}")


if __name__ == "__main__":
    main(sys.argv[1])
