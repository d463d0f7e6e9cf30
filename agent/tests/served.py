"""The agent as a process, for tests of the page: a SoftHSM2 card made of a key file, and a person who answers by script.

Reads one line of JSON, `{"p12": base64, "password": …, "pins": [what the person types each time]}`; prints one line with
the port, the PIN and the certificate of the card, then one line for each question that the person was asked.
"""

import base64
import json
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

import softhsm  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: E402
from pa_firma_agente.card_client import Card  # noqa: E402
from pa_firma_agente.pairing import Pairings  # noqa: E402
from pa_firma_agente.server import Server  # noqa: E402
from pa_firma_agente.service import Service  # noqa: E402


class ScriptedPerson:
    """Says yes to everything, and says what was asked."""

    def __init__(self, pins):
        self._pins = pins

    def pair(self, origin, code):
        return self._asked(ask="pair", origin=origin, code=code)

    def certificates(self, origin):
        return self._asked(ask="certificates", origin=origin)

    def sign(self, request):
        pin = self._pins.pop(0) if self._pins else softhsm.PIN
        return self._asked(ask="sign", **request) and pin is not None, pin

    def _asked(self, **question):
        print(json.dumps(question), flush=True)
        return True


def main():
    """Serve until killed."""
    order = json.loads(sys.stdin.readline())
    key, cert, _chain = pkcs12.load_key_and_certificates(
        base64.b64decode(order["p12"]), order["password"].encode()
    )
    with tempfile.TemporaryDirectory() as folder:
        token = softhsm.initialize(folder, "tessera")
        with token.open(rw=True, user_pin=softhsm.PIN) as session:
            der = cert.public_bytes(serialization.Encoding.DER)
            softhsm.store(session, b"\x01", key, der, cert.subject.public_bytes())
        service = Service(
            Card([softhsm.MODULE]),
            ScriptedPerson(order.get("pins") or []),
            Pairings(Path(folder) / "agent"),
        )
        with Server(service, order.get("port", 0)) as server:
            facts = {
                "port": server.port,
                "pin": softhsm.PIN,
                "certificate": base64.b64encode(der).decode(),
            }
            print(json.dumps(facts), flush=True)
            server.serve_forever()


if __name__ == "__main__":
    main()
