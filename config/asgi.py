"""The serving process: HTTP, sockets, and the lifespan that starts and stops everything living inside it."""

import os
import warnings
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# WhiteNoise hands static files over as plain iterators; Django reads them whole, which is what small files want.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.auth import AuthMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import SessionMiddleware
from django.conf import settings
from django.urls import path
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from chatbot.web.consumers import ChatConsumer
from config import process
from config.incoming import ForeignCookies
from escalation.web.consumers import DeskConsumer


class Lifespan:
    """Starts the parts on start-up and drains the turns in flight on shutdown; a part that fails stops the start."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await process.start()
                except Exception as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    raise
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await process.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


desk = ForeignCookies(SessionMiddleware(AuthMiddleware(DeskConsumer.as_asgi())))
rooms = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": URLRouter(
            [
                path("ws/chat/", ChatConsumer.as_asgi()),
                path("ws/desk/", AllowedHostsOriginValidator(desk)),
            ]
        ),
        "lifespan": Lifespan(),
    }
)

# The one reading of who asks, by HTTP and by socket: forwarding headers are believed from the proxies that are named.
# The server's own reading is switched off wherever it is started (`--no-proxy-headers`): it believes this machine.
application = ProxyHeadersMiddleware(rooms, trusted_hosts=settings.HANDRAIL_TRUSTED_PROXIES)
