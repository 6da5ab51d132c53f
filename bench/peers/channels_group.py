"""Yardstick: Channels as its tutorial has it. A group for each market, a member for each socket.

Served by uvicorn with uvloop, the layer being channels-redis with its defaults, apart from the
time-out that would end idle sockets.
"""

import os
from typing import Any

import django
import uvicorn
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": os.environ["REDIS_URL"], "socket_timeout": None}]},
        }
    },
    INSTALLED_APPS=["channels"],
    SECRET_KEY="nothing is signed here",
)
django.setup()


class Consumer(AsyncJsonWebsocketConsumer):
    async def receive_json(self, content: dict[str, Any], **_: Any) -> None:
        for market in content["markets"]:
            await self.channel_layer.group_add(f"market.{market}", self.channel_name)
        await self.send_json({"type": "ack"})

    async def odds(self, event: dict[str, Any]) -> None:
        await self.send_json(event["message"])


if __name__ == "__main__":
    uvicorn.run(
        Consumer.as_asgi(),
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="warning",
        access_log=False,
    )
