"""Rate limits of tokens: kept in Valkey; when it is down, in this process, so that the API stays up and bounded."""

import time
from collections import defaultdict, deque
from typing import Any

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

_local: dict[str, deque[float]] = defaultdict(deque)


class TokenThrottle(SimpleRateThrottle):
    """600 requests a minute for each token; strangers 60 for each address."""

    scope = "token"
    THROTTLE_RATES = {"token": "600/min", "stranger": "60/min"}

    def get_cache_key(self, request: Request, view: Any) -> str:
        token = request.auth
        if token is not None:
            return f"api:{token.pk}"
        self.num_requests, self.duration = self.parse_rate(self.THROTTLE_RATES["stranger"])
        return f"api:{self.get_ident(request)}"

    def allow_request(self, request: Request, view: Any) -> bool:
        try:
            return super().allow_request(request, view)
        except (RedisError, OSError):
            return self._allow_locally(self.get_cache_key(request, view))

    def _allow_locally(self, key: str) -> bool:
        now = time.monotonic()
        seen = _local[key]
        while seen and seen[0] < now - (self.duration or 60):
            seen.popleft()
        self.now, self.history = time.time(), []
        if len(seen) >= (self.num_requests or 600):
            return False
        seen.append(now)
        return True
