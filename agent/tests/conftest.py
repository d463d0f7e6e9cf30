"""A card (SoftHSM2), a person who is not there (an injected consent), and the agent's real server on loopback."""

import sys
import threading
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

import softhsm  # noqa: E402
from asking import Person, Site  # noqa: E402
from pa_firma_agente.card_client import Card  # noqa: E402
from pa_firma_agente.pairing import Pairings  # noqa: E402
from pa_firma_agente.server import Server  # noqa: E402
from pa_firma_agente.service import Service  # noqa: E402


@pytest.fixture(scope="session")
def tokens(tmp_path_factory):
    """The signing certificates of a token with an RSA key, a P-256 key, an expired one and one that does not sign."""
    return softhsm.prepare(tmp_path_factory.mktemp("hsm"))


@pytest.fixture
def person():
    """Says yes and knows the PIN, unless a test changes their mind."""
    return Person()


@pytest.fixture
def agent(tmp_path, person, tokens):
    """The agent, running; no site is paired."""
    server = Server(
        Service(Card([softhsm.MODULE]), person, Pairings(tmp_path / "agent")), 0, max_body=300_000
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def site(agent):
    """A site that the person has paired."""
    site = Site(agent.port)
    assert site.post("/v1/pair", {"code": "123456"}) == (200, {"paired": True})
    return site
