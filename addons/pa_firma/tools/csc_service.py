"""A remote signing service for training and tests, on loopback: the CSC API 1.0.4 and 2.0 as their specifications say.

It never shares code with the client. Never for production: keys are in memory and codes are printed, not sent.
"""

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import pkcs12

_SHA256 = "2.16.840.1.101.3.4.2.1"
_WRONG_BEFORE_LOCK = 3
_PLAIN = {"rsa": "1.2.840.113549.1.1.1", "ec": "1.2.840.10045.2.1"}
_NAMED = {"rsa": "1.2.840.113549.1.1.11", "ec": "1.2.840.10045.4.3.2"}
_PSS = "1.2.840.113549.1.1.10"


class Refused(Exception):
    """An answer that is not 200."""

    def __init__(self, status, error="", description="", **headers):
        super().__init__(error)
        self.status, self.headers = status, headers
        self.content = {"error": error, "error_description": description} if error else None


@dataclass
class Account:
    """A person at the service, with one credential.

    :ivar otp: `online` (sent when asked, good once), `offline` (a device shows `code`), or empty
    """

    name: str
    password: str
    pin: str
    key: object
    certificates: list
    otp: str = "online"
    code: str = ""
    multisign: int = 10
    algorithms: list = None
    disabled: bool = False
    wrong: int = 0
    confirmed: bool = True  # False: the authorization stays under way until it becomes True (version 2)
    codes: list = field(default_factory=list)

    @property
    def kind(self):
        return "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ec"

    @property
    def credential(self):
        return "CRED-" + self.name


class TrainingService:
    """`.url("v1")`, `.authorizations` (spent PIN and codes), `.calls` (names of the methods), `.fault` (to misbehave)."""

    def __init__(self, port=0, sad_seconds=300, client=("", ""), show=None):
        self.accounts, self._tokens, self._sads = {}, {}, {}
        self.authorizations, self.calls = 0, []
        self.sad_seconds, self._client, self._show = sad_seconds, client, show
        self.fault = lambda method, content: None
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()

    def url(self, version="v1"):
        return f"http://127.0.0.1:{self.port}/csc/{version}"

    def add(self, name, key_file, key_password="", **options):
        """A person whose key and certificate come from a PKCS#12 file."""
        key, cert, chain = pkcs12.load_key_and_certificates(key_file, key_password.encode())
        options = {"password": "parola-" + name, "pin": "135790"} | options
        account = self.accounts[name] = Account(name=name, key=key, certificates=[cert, *chain], **options)
        return account

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

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
            "key": {"status": status, "algo": account.algorithms or [_PLAIN[account.kind], _NAMED[account.kind]], "len": 2048},
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

    # Authorization ------------------------------------------------------------------------------------------------

    def _authorize(self, version, content, account):
        count, digests = content.get("numSignatures"), content.get("hashes" if version == "v2" else "hash")
        if not isinstance(count, int) or count < 1 or not isinstance(digests, list) or len(digests) != count:
            raise Refused(400, "invalid_request", "Invalid value for parameter numSignatures")
        if count > account.multisign:
            raise Refused(400, "invalid_request", "Numbers of signatures is too high")
        if version == "v2":
            if content.get("hashAlgorithmOID") != _SHA256:
                raise Refused(400, "invalid_request", "Invalid parameter hashAlgorithmOID")
            data = {item["id"]: item.get("value") for item in content.get("authData") or []}
            self._check_factors(account, data.get("PIN"), data.get("CODE"), "invalid_authentication_data")
        else:
            self._check_factors(account, content.get("PIN"), content.get("OTP"))
        self.authorizations += 1
        if not account.confirmed:
            self._sads["waiting"] = (account, digests)
            return 202, {"handle": "waiting"}
        return 200, self._new_sad(account, digests)

    def _check_factors(self, account, pin, code, error=""):
        if account.wrong >= _WRONG_BEFORE_LOCK or account.disabled:
            raise Refused(400, "invalid_request", "Credential locked" if account.wrong else "The credential is disabled")
        if pin != account.pin:
            account.wrong += 1
            raise Refused(400, error or "invalid_pin", f"The PIN {pin} is invalid")  # rude services do echo it
        good = {"": True, "offline": code == account.code, "online": code in account.codes}[account.otp]
        if not good:
            raise Refused(400, error or "invalid_otp", f"The OTP {code} is invalid")
        account.codes.clear()  # good once
        account.wrong = 0

    def _check(self, _version, content, _account):
        account, digests = self._sads[content["handle"]]
        return (200, self._new_sad(account, digests)) if account.confirmed else (202, {"handle": content["handle"]})

    def _new_sad(self, account, digests):
        sad = secrets.token_urlsafe(16)
        self._sads[sad] = (account, list(digests), time.monotonic() + self.sad_seconds)
        return {"SAD": sad, "expiresIn": self.sad_seconds}

    def _use_sad(self, content, account):
        owner, digests, until = self._sads.get(content.get("SAD"), (None, [], 0))
        if owner is not account:
            raise Refused(400, "invalid_request", "Invalid parameter SAD")
        if time.monotonic() > until:
            raise Refused(400, "invalid_request", "SAD expired")
        return digests

    def _extend(self, version, content, account):
        left = self._use_sad(content, account)
        wanted = content.get("hashes" if version == "v2" else "hash") or []
        if not set(wanted) <= set(left):
            raise Refused(400, "invalid_request", "Hash is not authorized by the SAD")
        return 200, self._new_sad(account, wanted)

    def _sign(self, version, content, account):
        left = self._use_sad(content, account)
        digests = content.get("hashes" if version == "v2" else "hash")
        algorithm = content.get("hashAlgorithmOID" if version == "v2" else "hashAlgo")
        if not digests or not set(digests) <= set(left):
            raise Refused(400, "invalid_request", "Hash is not authorized by the SAD")
        if algorithm != _SHA256 or content.get("signAlgo") not in (*_PLAIN.values(), *_NAMED.values(), _PSS):
            raise Refused(400, "invalid_request", "Invalid parameter signAlgo")
        if content["signAlgo"] == _PSS and not content.get("signAlgoParams"):
            raise Refused(400, "invalid_request", "Missing string parameter signAlgoParams")
        for digest in digests:
            left.remove(digest)
        return 200, {"signatures": [self._signature(account, digest, content["signAlgo"]) for digest in digests]}

    def _signature(self, account, digest, algorithm):
        raw, prehashed = base64.b64decode(digest), utils.Prehashed(hashes.SHA256())
        if account.kind == "ec":
            return base64.b64encode(account.key.sign(raw, ec.ECDSA(prehashed))).decode()
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if algorithm == _PSS else padding.PKCS1v15()
        return base64.b64encode(account.key.sign(raw, scheme, prehashed)).decode()


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
            self.wfile.write(body)

        def log_message(self, *_args):
            """Silent: nothing of what is typed may end in a log."""

    return Handler
