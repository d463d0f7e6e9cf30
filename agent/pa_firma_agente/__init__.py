"""Local agent: a paired web page asks, the person consents in a window of the agent's, the smart card signs."""

__version__ = "1.0.0"

PROTOCOL = 1
PORT = 8717
