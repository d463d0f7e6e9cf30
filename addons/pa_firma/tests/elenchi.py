"""Trusted lists made for the tests, signed with XAdES, and a server on loopback that gives them."""

import base64
import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.xades import XAdESSigner

NOW = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
DAY = dt.timedelta(days=1)
_TYPE = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/"
_STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"


class Signer:
    """Who signs lists: a key and its certificate."""

    def __init__(self, name):
        self.key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.cert = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(NOW - DAY).not_valid_after(NOW + 900 * DAY)
            .sign(self.key, hashes.SHA256())
        )  # fmt: skip
        self.pem = self.cert.public_bytes(serialization.Encoding.PEM).decode()
        self.b64 = base64.b64encode(self.cert.public_bytes(serialization.Encoding.DER)).decode()

    def sign(self, xml):
        """Bytes of the signed list."""
        signer = XAdESSigner(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=SignatureMethod.RSA_SHA256,
            digest_algorithm=DigestAlgorithm.SHA256,
        )
        return etree.tostring(signer.sign(etree.fromstring(xml), key=self.key, cert=[self.cert]))


def service(cert, status="granted", since=NOW - 900 * DAY, kind="CA/QC"):
    der = base64.b64encode(cert.public_bytes(serialization.Encoding.DER)).decode()
    return (
        f"<TSPService><ServiceInformation><ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/{kind}</ServiceTypeIdentifier>"
        f"<ServiceDigitalIdentity><DigitalId><X509Certificate>{der}</X509Certificate></DigitalId></ServiceDigitalIdentity>"
        f"<ServiceStatus>{_STATUS}{status}</ServiceStatus><StatusStartingTime>{since.isoformat()}</StatusStartingTime>"
        "<ServiceInformationExtensions><Extension Critical='true'><AdditionalServiceInformation><URI xml:lang='en'>"
        "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures</URI></AdditionalServiceInformation></Extension>"
        "</ServiceInformationExtensions></ServiceInformation></TSPService>"
    )


def pointer(territory, address, *signers, kind="EUgeneric"):
    named = "".join(f"<DigitalId><X509Certificate>{item.b64}</X509Certificate></DigitalId>" for item in signers)
    return (
        f"<OtherTSLPointer><ServiceDigitalIdentities><ServiceDigitalIdentity>{named}</ServiceDigitalIdentity></ServiceDigitalIdentities>"
        f"<TSLLocation>{address}</TSLLocation><AdditionalInformation><OtherInformation><SchemeTerritory>{territory}</SchemeTerritory>"
        f"</OtherInformation><OtherInformation><TSLType>{_TYPE}{kind}</TSLType></OtherInformation></AdditionalInformation></OtherTSLPointer>"
    )


def listing(*services, number=1, territory="IT", pointers=(), issued=NOW - DAY, until=NOW + 90 * DAY, kind="EUgeneric", uris=()):
    said = "".join(f"<URI xml:lang='en'>{uri}</URI>" for uri in uris)
    return (
        '<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="TSL"><SchemeInformation>'
        f"<TSLSequenceNumber>{number}</TSLSequenceNumber><TSLType>{_TYPE}{kind}</TSLType>"
        f"<SchemeInformationURI>{said}</SchemeInformationURI><SchemeTerritory>{territory}</SchemeTerritory>"
        f"<PointersToOtherTSL>{''.join(pointers)}</PointersToOtherTSL><ListIssueDateTime>{issued.isoformat()}</ListIssueDateTime>"
        f"<NextUpdate><dateTime>{until.isoformat()}</dateTime></NextUpdate></SchemeInformation>"
        "<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang='it'>Prestatore</Name></TSPName></TSPInformation>"
        f"<TSPServices>{''.join(services)}</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>"
    ).encode()


def lotl(*pointers, number=1, **options):
    return listing(number=number, territory="EU", kind="EUlistofthelists", pointers=pointers, **options)


def own_pointer(*signers):
    """A list of lists names its own signers."""
    return pointer("EU", "https://lists.example/lotl.xml", *signers, kind="EUlistofthelists")


class ListServer:
    """`.files` (path: bytes) over HTTP on loopback; what is not there answers 404."""

    def __init__(self):
        owner, self.files = self, {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                data = owner.files.get(self.path.strip("/"))
                self.send_response(404 if data is None else 200)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, *_args):
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
