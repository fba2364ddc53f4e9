"""A proxy between browsers and a server that cuts, delays and half-closes what the chat needs; pages pass unhurt."""

import asyncio
import contextlib
import random
import threading

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

LIFE = 0.12
"""Seconds that a socket or a waiting request lives on average."""
LOST_AT_ONCE = 0.1
"""Share of those that never reach the server."""


class Cutter:
    """Listens on a port of loopback, on a thread of its own, from `with` to its end.

    `hurts`: whether anything is done at all. `done` counts what was done, by kind.
    """

    def __init__(self, to: int, seed: int) -> None:
        self.to, self.dice, self.hurts = to, random.Random(seed), False
        self.done = {"cut": 0, "half closed": 0, "delayed": 0}
        self.open: set[asyncio.StreamWriter] = set()
        self.loop = asyncio.new_event_loop()
        self.port = 0
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Cutter":
        self.thread.start()
        self.ready.wait(20)
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)

    def hurt(self) -> None:
        """From now on: what is open already is cut."""
        self.hurts = True
        self.loop.call_soon_threadsafe(lambda: [each.transport.abort() for each in self.open])

    async def _end(self) -> None:
        """Nothing is left open."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @property
    def disconnects(self) -> int:
        """How often somebody was cut off, in whichever way."""
        return self.done["cut"] + self.done["half closed"]

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        with contextlib.suppress(asyncio.CancelledError):  # at the end of all
            await self._pass(reader, writer)
        self.open.discard(writer)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, which is for one request: whoever answers closes it."""
        head = await _head(reader)
        wire = b"upgrade: websocket" in head.lower()
        hurt = self.hurts and (wire or b"/w/v1/frames" in head)
        if not head or (hurt and self.dice.random() < LOST_AT_ONCE):
            self.done["cut"] += bool(head)
            writer.transport.abort()
            return
        server = await asyncio.open_connection("127.0.0.1", self.to)
        server[1].write(head if wire else head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        answered = asyncio.Event()
        both = asyncio.gather(_pipe(reader, server[1]), _pipe(server[0], writer, answered), return_exceptions=True)
        if hurt:
            if wire:
                await answered.wait()  # a browser waits long before it dials again what never opened
            await self._hurt((reader, writer), server)
        await both
        for each in (writer, server[1]):
            each.close()

    async def _hurt(self, client: Streams, server: Streams) -> None:
        """Let it live a while, then end it in one of three ways, unless it is over."""
        await asyncio.sleep(self.dice.expovariate(1 / LIFE))
        if client[1].transport.is_closing() or server[0].at_eof():
            return
        way = self.dice.choice(["cut", "cut", "half closed", "delayed"])
        if way == "delayed":
            self.done[way] += 1
            for _, out in (client, server):
                out.transport.pause_reading()  # type: ignore[attr-defined]  # bytes wait where they are
            await asyncio.sleep(self.dice.uniform(0.05, 0.4))
            way = "cut"
        elif way == "half closed":
            with contextlib.suppress(OSError, RuntimeError):
                self.dice.choice([client, server])[1].write_eof()
            await asyncio.sleep(self.dice.uniform(0, 0.2))
        self.done[way] += 1
        for _, out in (client, server):
            out.transport.abort()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, OSError):
        return b""


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter, begun: asyncio.Event | None = None) -> None:
    """Bytes from one to the other until the one ends; `begun` is set at the first, or where none come."""
    with contextlib.suppress(OSError):
        while data := await source.read(65_536):
            if begun is not None:
                begun.set()
            target.write(data)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()
    if begun is not None:
        begun.set()
