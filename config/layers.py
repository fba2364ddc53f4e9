"""The channel layers: of one process, in its memory; of several, over Redis. Both carry hints, which may be lost.

So nothing a customer or an agent does waits for Redis, fails with it, or has to be done again when it is back.
"""

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any

from channels.layers import InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer, RedisSingleShardConnection
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
AWAY = (RedisError, OSError)
AGAIN = 1.0
"""Seconds between two tries to reach a Redis that is away."""


class SweepingInMemoryChannelLayer(InMemoryChannelLayer):
    """In-memory layer that looks for expired messages at most once in five seconds.

    The stock layer walks every channel on every receive, so its cost grows with the number of open sockets.
    """

    _swept = 0.0

    def _clean_expired(self) -> None:
        now = time.monotonic()
        if now - self._swept >= 5.0:
            self._swept = now
            super()._clean_expired()


class PatientRedisChannelLayer(RedisPubSubChannelLayer):
    """Redis layer whose sockets outlive Redis: see PatientConnection."""

    def _get_layer(self) -> RedisPubSubLoopLayer:
        layer: RedisPubSubLoopLayer = super()._get_layer()
        if not isinstance(layer._shards[0], PatientConnection):
            layer._shards = [PatientConnection(shard.host, layer) for shard in layer._shards]
        return layer


class PatientConnection(RedisSingleShardConnection):
    """One Redis. While it is away, hints reach this process's own sockets, and subscriptions are owed to them."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._owed: dict[str, bool] = {}  # channel → whether it is to be subscribed
        self._mending: asyncio.Task[None] | None = None

    async def publish(self, channel: str, message: bytes) -> None:
        """Send a hint to every process, or to this one alone."""
        if self._mending is None:
            try:
                await super().publish(channel, message)
                return
            except AWAY as error:
                self._away(error)
        self._receive_message({"channel": channel, "data": message})

    async def subscribe(self, channel: str) -> None:
        """Hear a channel, now or once Redis is back."""
        await self._now_or_later(channel, True)

    async def unsubscribe(self, channel: str) -> None:
        """Hear a channel no more."""
        await self._now_or_later(channel, False)

    async def _now_or_later(self, channel: str, wanted: bool) -> None:
        if self._mending is None:
            try:
                await self._set(channel, wanted)
                return
            except AWAY as error:
                self._away(error)
        self._owed[channel] = wanted

    async def _set(self, channel: str, wanted: bool) -> None:
        await (super().subscribe(channel) if wanted else super().unsubscribe(channel))

    def _away(self, error: Exception) -> None:
        if self._mending is None:
            log.warning("Redis is away (%s); other processes hear of changes later until it is back.", error)
            self._mending = asyncio.get_running_loop().create_task(self._mend())

    async def _mend(self) -> None:
        while True:
            await asyncio.sleep(AGAIN)
            with suppress(*AWAY):
                assert self._redis is not None
                await self._redis.ping()
                for channel, wanted in list(self._owed.items()):
                    await self._set(channel, wanted)
                    if self._owed.get(channel) is wanted:
                        del self._owed[channel]
                if not self._owed:
                    log.warning("Redis is back.")
                    self._mending = None
                    return
