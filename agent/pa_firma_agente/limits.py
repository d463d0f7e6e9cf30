"""Once-only numbers, and how often a site may make a window appear."""

import secrets
import threading
import time
from collections import deque

NONCE_SECONDS = 300
NONCES = 64
WINDOWS_PER_MINUTE = 10
STRANGERS_PER_MINUTE = 3
REFUSAL_SECONDS = 60


class Nonces:
    """Each is good for one request of one origin, for a few minutes."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._known = {}

    def give(self, origin):
        """A new one; the oldest are forgotten when there are many."""
        nonce = secrets.token_urlsafe(24)
        with self._lock:
            while len(self._known) >= NONCES:
                del self._known[next(iter(self._known))]
            self._known[nonce] = (origin, self._clock() + NONCE_SECONDS)
        return nonce

    def take(self, origin, nonce):
        """Whether it is good, once."""
        with self._lock:
            owner, until = self._known.pop(nonce, (None, 0))
        return owner == origin and self._clock() <= until


class Windows:
    """Keeps a page from wearing the person down with windows."""

    def __init__(self, limit=WINDOWS_PER_MINUTE, clock=time.monotonic):
        self._limit = limit
        self._clock = clock
        self._shown = deque()
        self._refused = {}

    def may_open(self, origin):
        """Whether another window may appear for this origin now; counts it."""
        now = self._clock()
        while self._shown and self._shown[0] < now - 60:
            self._shown.popleft()
        quiet = self._refused.get(origin, 0) > now
        if quiet or len(self._shown) >= self._limit:
            return False
        self._shown.append(now)
        return True

    def refused(self, origin):
        """The person said no: this origin keeps quiet for a while."""
        if len(self._refused) > 1000:
            self._refused.clear()
        self._refused[origin] = self._clock() + REFUSAL_SECONDS
