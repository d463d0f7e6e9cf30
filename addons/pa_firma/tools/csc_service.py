"""A remote signing service for training and tests, on loopback: the CSC API 1.0.4 and 2.0 as their specifications say.

It never shares code with the client. Never for production: keys are in memory and codes are printed, not sent.
"""

import base64
import contextlib
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from .csc_service_keys import NAMED, PLAIN, Account, Authorizations, Refused
from .pki import LoopbackServer


class TrainingService(LoopbackServer, Authorizations):
    """`.url("v1")`, `.authorizations` (spent PIN and codes), `.calls` (names of the methods), `.fault` (to misbehave)."""

    def __init__(self, port=0, sad_seconds=300, client=("", ""), show=None):
        super().__init__(sad_seconds)
        self.accounts, self._tokens, self.calls = {}, {}, []
        self._client, self._show = client, show
        self.fault = lambda method, content: None
        self._lock = threading.Lock()
        self._start(_handler(self), port)

    def url(self, version="v1"):
        return f"http://127.0.0.1:{self.port}/csc/{version}"

    def add(self, name, key_file, key_password="", **options):
        """A person whose key and certificate come from a PKCS#12 file."""
        key, cert, chain = pkcs12.load_key_and_certificates(key_file, key_password.encode())
        options = {"password": "parola-" + name, "pin": "135790"} | options
        account = self.accounts[name] = Account(name=name, key=key, certificates=[cert, *chain], **options)
        return account

    # One call ---------------------------------------------------------------------------------------------------

    def answer(self, version, method, content, headers):
        """(status, content) of a method; the specification's own chapter names are the methods' names."""
        with self._lock:
            self.calls.append(method)
            if fault := self.fault(method, content):
                return fault
            if method == "info":
                return 200, self._info(version)
            if method == "auth/login":
                return 200, self._login(headers)
            if method == "oauth2/token":
                return 200, self._token(content)
            asked = {
                "credentials/list": self._list,
                "credentials/info": self._describe,
                "credentials/sendOTP": self._send,
                "credentials/getChallenge": self._send,
                "credentials/authorize": self._authorize,
                "credentials/authorizeCheck": self._check,
                "credentials/extendTransaction": self._extend,
                "signatures/signHash": self._sign,
            }.get(method)
            if asked is None or (method.endswith("sendOTP") and version == "v2"):
                raise Refused(404)
            return asked(version, content, self._owner(headers, content))

    def _info(self, version):
        methods = ["auth/login", "credentials/list", "credentials/info", "credentials/authorize"]
        methods += ["credentials/extendTransaction", "signatures/signHash"]
        return {"specs": "2.0.0.2" if version == "v2" else "1.0.4.0", "name": "Prova", "methods": methods}

    def _login(self, headers):
        kind, _space, value = (headers.get("Authorization") or "").partition(" ")
        name, _colon, password = base64.b64decode(value).decode().partition(":") if kind == "Basic" else ("", "", "")
        account = self.accounts.get(name)
        if account is None or not secrets.compare_digest(account.password.encode(), password.encode()):
            raise Refused(400, "authentication_error", "An error occurred during authentication process")
        return self._new_token(name)

    def _token(self, content):
        given = (content.get("client_id"), content.get("client_secret"))
        if not self._client[0] or given != self._client or content.get("grant_type") != "client_credentials":
            raise Refused(401, "invalid_client", "Client authentication failed")
        return self._new_token(None)

    def _new_token(self, name):
        token = secrets.token_urlsafe(16)
        self._tokens[token] = name
        return {"access_token": token, "token_type": "Bearer", "expires_in": 3600}

    def _owner(self, headers, content):
        """The account of this call: of the token, or, where the body itself got in, of the credential named."""
        token = (headers.get("Authorization") or "").removeprefix("Bearer ")
        if token not in self._tokens:
            raise Refused(401, "invalid_token", "The access token is not valid")
        name = self._tokens[token]
        if name is None:
            name = content.get("userID") or str(content.get("credentialID")).removeprefix("CRED-")
        account = self.accounts.get(name)
        if account is None:
            raise Refused(400, "invalid_request", "Invalid parameter userID")
        if content.get("credentialID", account.credential) != account.credential:
            raise Refused(400, "invalid_request", "Invalid parameter credentialID")
        return account

    def _list(self, _version, _content, account):
        return 200, {"credentialIDs": [account.credential]}

    def _describe(self, version, content, account):
        certs = [base64.b64encode(c.public_bytes(serialization.Encoding.DER)).decode() for c in account.certificates]
        wanted = content.get("certificates", "single")
        status = "disabled" if account.disabled else "enabled"
        answer = {
            "key": {"status": status, "algo": account.algorithms or [PLAIN[account.kind], NAMED[account.kind]], "len": 2048},
            "cert": {"status": "valid", "certificates": certs if wanted == "chain" else certs[:1]},
            "multisign": account.multisign,
            "lang": "it-IT",
        }
        return 200, answer | (self._asks_v2(account) if version == "v2" else self._asks_v1(account))

    def _asks_v1(self, account):
        otp = {"presence": "false"} if not account.otp else {"presence": "true", "type": account.otp, "format": "N"}
        return {"authMode": "explicit", "SCAL": "2", "PIN": {"presence": "true", "format": "N"}, "OTP": otp}

    def _asks_v2(self, account):
        objects = [{"type": "Password", "id": "PIN", "format": "N", "label": "PIN"}]
        if account.otp:
            kind = {"type": "Password", "generator": "totp"} if account.otp == "offline" else {"type": "ChallengeResponse"}
            objects.append({"id": "CODE", "label": "Codice", **kind})
        expression = " AND ".join(item["id"] for item in objects)
        return {"auth": {"mode": "explicit", "expression": expression, "objects": objects}, "SCAL": "2"}

    def _send(self, version, content, account):
        if version == "v2" and content.get("authObjectID") != "CODE":
            raise Refused(400, "invalid_request", "Invalid parameter authObjectID")
        if account.otp != "online":
            raise Refused(400, "invalid_request", "This credential has no code to be sent")
        account.codes.append(f"{secrets.randbelow(10**6):06d}")
        if self._show:
            self._show(f"{account.name}: {account.codes[-1]}")
        raise Refused(204)


def _handler(service):
    from urllib.parse import parse_qsl

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            _empty, _csc, version, method = self.path.split("/", 3)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            form = "form" in (self.headers.get("Content-Type") or "")
            try:
                content = dict(parse_qsl(raw.decode())) if form else json.loads(raw or b"{}")
                status, answer = service.answer(version, method, content, self.headers)
                headers = {}
            except Refused as refused:
                status, answer, headers = refused.status, refused.content, refused.headers
            self._reply(status, answer, headers)

        def _reply(self, status, answer, headers):
            body = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # a client that waited enough is gone
                self.wfile.write(body)

        def log_message(self, *_args):
            """Silent: nothing of what is typed may end in a log."""

    return Handler
