"""A room whose posts are kept: a configuration without limits in the way, and who posts in it and reads all of it."""

import contextlib
import tempfile
from pathlib import Path

from chat import Client
from router import Router

PLUGINS = """
pipeline:
  - lobby
  - rooms
  - history: {last: 1000, query_burst: 10000}
  - private
  - broadcast
"""


@contextlib.contextmanager
def place(**journal):
    """A folder with a configuration, with these settings of the journal; the data is to be in `data` in it."""
    settings = ", ".join(f"{name}: {value}" for name, value in {"path": "data", **journal}.items())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "chat.yaml").write_text(f"plugins: plugins.yaml\njournal: {{{settings}}}\n")
        (Path(folder) / "plugins.yaml").write_text(PLUGINS)
        yield Path(folder)


def router_in(folder, data=None, prefix=()):
    return Router(str(folder / "chat.yaml"), data=data or folder / "data", prefix=prefix)


class Poster(Client):
    """A client that has every post answered, and knows what became of it."""

    def __init__(self, url):
        super().__init__(url, max_queue=None)
        self.admitted()
        self.asked = 0
        self.kept = []  # (id, content) of each post that was acknowledged

    def ask(self, type, **fields):
        """Sends a request; returns its answer, an ack or an error."""
        self.asked += 1
        self.send(type, ref=self.asked, **fields)
        while (answer := self.next()).get("ref") != self.asked:
            pass
        return answer

    def post(self, content):
        """Posts, and waits for the answer: None for an ack, or else the content of the error."""
        answer = self.ask("message", content=content)
        if answer["type"] == "ack":
            self.kept.append((answer["content"]["id"], content))
            return None
        return answer["content"]

    def seen(self):
        """What came live, as (id, content)."""
        return [(frame["id"], frame["content"]) for frame in self.received("message")]

    def history(self):
        """Every post of the room, oldest first, as (id, content)."""
        pages, before = [], {}
        while True:
            answer = self.ask("get_history", limit=1000, **before)
            assert answer["type"] == "ack", answer
            page = self.received("history")[-1]["content"]  # of its answer: the ack comes after it
            if not page:
                return [post for page in reversed(pages) for post in page]
            pages.append([(post["id"], post["content"]) for post in page])
            before = {"before": page[0]["id"]}
