"""What an anchor is trusted for: chains that `cryptography` makes and nobody should believe."""

import pytest
from by_hand import _USAGES as USAGES
from by_hand import CF, DAY, NOW, Pair, cms, new_key, subject
from cryptography import x509
from cryptography.hazmat.primitives import hashes

CONTENT = b"Determina n. 1"
CA = x509.BasicConstraints(True, None)
AUTHORITY, SIGNER = ("key_cert_sign", "crl_sign"), ("content_commitment",)
ITALY = x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "IT")]))
FRANCE = x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "FR")]))


@pytest.fixture
def issue(tmp_path):
    def run(name, issuer=None, *, usages=AUTHORITY, basic=CA, limits=None):
        usage = usages and x509.KeyUsage(**{name: name in usages for name in USAGES})
        key = new_key("ec")
        who = subject(name, serial="TINIT-" + CF)
        builder = (
            x509.CertificateBuilder().subject_name(who).issuer_name(issuer.cert.subject if issuer else who)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 100 * DAY).not_valid_after(NOW + 100 * DAY)
        )  # fmt: skip
        for extension in filter(None, (usage, basic, limits)):
            builder = builder.add_extension(extension, True)
        return Pair(tmp_path, name, key, builder.sign((issuer or Pair(tmp_path, name, key, _Blank())).key, hashes.SHA256()))

    return run


class _Blank:
    """In the place of a certificate that is not there yet."""

    def public_bytes(self, _form):
        return b""


def leaf(issue, issuer):
    return issue("Mario Rossi", issuer, usages=SIGNER, basic=None)


def test_an_anchor_that_is_no_authority_issues_nothing(check, issue):
    """Whoever trusts a person's certificate, or a timestamp authority's, trusts nothing that they issued."""
    ada = issue("Ada Neri", usages=("content_commitment", *AUTHORITY), basic=x509.BasicConstraints(False, None))
    assert check(cms(CONTENT, ada), trust=[ada.pem])[0]["verdict"] == "valid"
    report, reasons = check(cms(CONTENT, leaf(issue, ada), certs=[ada]), trust=[ada.pem])
    assert report["verdict"] == "undetermined" and reasons == {"untrusted"}
    root = issue("Radice", usages=("crl_sign",))
    assert check(cms(CONTENT, leaf(issue, root)), trust=[root.pem])[1] == {"untrusted"}


@pytest.mark.parametrize(("usages", "verdict"), [(AUTHORITY, "valid"), (None, "undetermined"), (SIGNER, "undetermined")])
def test_an_anchor_without_basic_constraints(check, issue, usages, verdict):
    """Old authorities say only by the use of their key that they issue certificates; who says nothing issues none."""
    root = issue("Radice", usages=usages, basic=None)
    report, reasons = check(cms(CONTENT, leaf(issue, root)), trust=[root.pem])
    assert report["verdict"] == verdict and reasons == (set() if verdict == "valid" else {"untrusted"})
    below = issue("Intermedia", root, basic=None)  # an anchor only is taken as given
    assert check(cms(CONTENT, leaf(issue, below), certs=[below]), trust=[root.pem])[1] == {"untrusted"}


@pytest.mark.parametrize("length", [0, 1])
def test_an_anchor_sets_how_long_a_chain_may_be(check, issue, length):
    root = issue("Radice", basic=x509.BasicConstraints(True, length))
    below = issue("Intermedia", root)
    assert check(cms(CONTENT, leaf(issue, root)), trust=[root.pem])[0]["verdict"] == "valid"
    report, _reasons = check(cms(CONTENT, leaf(issue, below), certs=[below]), trust=[root.pem])
    assert report["verdict"] == ("valid" if length else "undetermined"), report["reasons"]


@pytest.mark.parametrize(
    ("permitted", "excluded", "verdict"), [([ITALY], None, "valid"), ([FRANCE], None, "undetermined"), (None, [ITALY], "undetermined")]
)
def test_an_anchor_sets_whose_certificates_it_issues(check, issue, permitted, excluded, verdict):
    root = issue("Radice", limits=x509.NameConstraints(permitted, excluded))
    assert check(cms(CONTENT, leaf(issue, root)), trust=[root.pem])[0]["verdict"] == verdict
