"""Certificates made with `cryptography`, signatures made with the openssl command: nothing of what is under test."""

import datetime as dt
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
DAY = dt.timedelta(days=1)
CF = "RSSMRA80A01H501U"
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
QC = bytes.fromhex("30143008060604008e4601013008060604008e460104")


def new_key(kind="rsa"):
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 1024 if kind == "rsa1024" else 2048)


class Pair:
    """A key with its certificate, written in a folder for openssl."""

    def __init__(self, folder, name, key, cert):
        self.key, self.cert = key, cert
        self.key_file, self.cert_file = Path(folder) / f"{name}.key", Path(folder) / f"{name}.pem"
        self.key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.cert_file.write_bytes(self.pem)

    @property
    def pem(self):
        return self.cert.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self):
        return self.cert.public_bytes(serialization.Encoding.DER)


def subject(common_name, **more):
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, more.get("organization", "Comune di Prova")),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ]
    for name, oid in (("serial", NameOID.SERIAL_NUMBER), ("dn_qualifier", NameOID.DN_QUALIFIER)):
        if more.get(name):
            parts.append(x509.NameAttribute(oid, more[name]))
    return x509.Name(parts)


class Authority:
    """A root and whatever it issues."""

    def __init__(self, folder, name="Radice a mano"):
        self.folder = Path(folder)
        self.folder.mkdir(exist_ok=True)
        self._count = 0
        key = new_key()
        self.root = Pair(folder, "root", key, self._build(subject(name), key, None, ca=True, usages=("key_cert_sign", "crl_sign")))

    def issue(self, common_name="Mario Rossi", *, issuer=None, kind="ec", **options):
        """A Pair; the defaults make a qualified signing certificate."""
        self._count += 1
        key = options.pop("key", None) or new_key(kind)
        options.setdefault("serial", "TINIT-" + CF)
        options.setdefault("usages", ("content_commitment",))
        cert = self._build(subject(common_name, **options), key, issuer or self.root, **options)
        return Pair(self.folder, f"c{self._count}", key, cert)

    def issue_ca(self, common_name="Intermedia a mano", **options):
        return self.issue(common_name, serial="", usages=("key_cert_sign", "crl_sign"), ca=True, **options)

    def issue_tsa(self, **options):
        return self.issue(
            "Marche a mano", serial="", usages=("digital_signature",), extended=[ExtendedKeyUsageOID.TIME_STAMPING],
            start=options.pop("start", NOW - 3000 * DAY), end=options.pop("end", NOW + 3000 * DAY), **options,
        )  # fmt: skip

    def _build(self, name, key, issuer, *, usages, ca=False, **options):
        signing_key, signing_name = (issuer.key, issuer.cert.subject) if issuer else (key, name)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(signing_name)
            .public_key(key.public_key())
            .serial_number(options.get("number") or x509.random_serial_number())
            .not_valid_before(options.get("start") or NOW - (400 if not ca else 6000) * DAY)
            .not_valid_after(options.get("end") or NOW + (400 if not ca else 6000) * DAY)
            .add_extension(x509.BasicConstraints(ca, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), False)
        )
        if usages:
            builder = builder.add_extension(x509.KeyUsage(**{name: name in usages for name in _USAGES}), True)
        if options.get("extended"):
            builder = builder.add_extension(x509.ExtendedKeyUsage(options["extended"]), True)
        elif not ca and options.get("qualified", True):
            qc = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), options.get("qc", QC))
            builder = builder.add_extension(qc, False)
        if options.get("policies"):
            items = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in options["policies"]]
            builder = builder.add_extension(x509.CertificatePolicies(items), False)
        algorithm = options.get("hash") or hashes.SHA256()
        return builder.sign(signing_key, algorithm)


def openssl(*words, cwd=None, stdin=None, check=True):
    """Run openssl and return what it writes."""
    done = subprocess.run(["openssl", *map(str, words)], cwd=cwd, input=stdin, capture_output=True)
    if check and done.returncode:
        raise AssertionError(done.stderr.decode())
    return done.stdout


def cms(content, *signers, options=("-nodetach", "-cades"), digest="sha256", certs=(), after=()):
    """CMS made by openssl: attached CAdES by default."""
    words = ["cms", "-sign", "-binary", "-outform", "DER", "-md", digest, *options]
    for signer in signers:
        words += ["-signer", signer.cert_file, "-inkey", signer.key_file]
    words += after
    if certs:
        bundle = certs[0].cert_file.with_suffix(".bundle")
        bundle.write_bytes(b"".join(item.pem for item in certs))
        words += ["-certfile", bundle]
    return openssl(*words, stdin=content)


def timestamp(tsa, data, folder, digest="sha256", *, token=False, issuer=None):
    """An answer of a timestamp authority, made by `openssl ts`."""
    folder = Path(folder)
    config = folder / "tsa.cnf"
    config.write_text(
        f"""[tsa]
default_tsa = conf
[conf]
serial = {folder}/serial
signer_cert = {tsa.cert_file}
signer_key = {tsa.key_file}
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha1, sha256, sha512
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
    )
    (folder / "serial").write_text("01")
    query = folder / "query.tsq"
    (folder / "stamped").write_bytes(data)
    openssl("ts", "-query", "-data", folder / "stamped", f"-{digest}", "-cert", "-out", query)
    extra = ["-chain", issuer.cert_file] if issuer else []
    words = ["ts", "-reply", "-config", config, "-section", "conf", "-queryfile", query, *extra]
    return openssl(*words, *(["-token_out"] if token else []))


def pdf(objects, *, version=b"1.7"):
    """A PDF of one revision, byte by byte; object 1 is the catalog."""
    out, places = b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    xref = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n" % (size, table, size)
    return out + xref + b"startxref\n%d\n%%%%EOF\n" % len(out)


def signed_pdf(pair, *, subfilter=b"ETSI.CAdES.detached", options=("-cades",), digest="sha256", text=b"(Determina)", room=4000):
    """A PDF signed by hand: the hole, the byte range, the CMS by openssl."""
    content = b"BT /F1 12 Tf 20 20 Td %s Tj ET" % text
    numbers = b"0 ".ljust(40)
    signature = b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /%s /ByteRange [%s] /Contents <%s> >>" % (
        subfilter, numbers, b"0" * room,
    )  # fmt: skip
    data = pdf([
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] /SigFlags 3 >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 100] /Contents 4 0 R /Annots [5 0 R]"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Firma) /Rect [0 0 0 0] /P 3 0 R /F 132 /V 6 0 R >>",
        signature,
    ])  # fmt: skip
    start = data.index(b"/Contents <") + len(b"/Contents ")
    end = start + room + 2
    ranges = b"0 %d %d %d" % (start, end, len(data) - end)
    data = data.replace(b"[" + numbers + b"]", b"[" + ranges.ljust(40) + b"]")
    value = cms(data[:start] + data[end:], pair, options=options, digest=digest).hex().encode()
    return data[: start + 1] + value.ljust(room, b"0") + data[end - 1 :]
