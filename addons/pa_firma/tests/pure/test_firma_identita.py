"""Who a certificate speaks of, in every way in which Italian authorities wrote it. The codes are invented."""

import pytest
from asn1crypto.x509 import Name
from cryptography import x509
from cryptography.x509.oid import NameOID
from pa_firma_tools import identity, pades
from pa_firma_tools.pki import control_character

# Control characters worked out by hand (DM 23/12/1976).
# VRDLGI75C45F205?: odd V10 D7 G15 7:17 C5 5:13 2:5 5:13 = 85; even R17 L11 I8 5:5 4:4 F5 0:0 = 50; 135 % 26 = 5: F
CF = "VRDLGI75C45F205F"
FOREIGN = "SMTJHN80A01Z114" + control_character("SMTJHN80A01Z114")  # born abroad: Z and three digits
# 2012345678?: 2+1+3+5+7=18; doubled 0,4,8,12-9=3,16-9=7 = 22; 40: 0
PROVISIONAL = "20123456780"


def test_codes_worked_by_hand():
    assert control_character(CF[:15]) == CF[15]
    assert identity.numeric_code_ok(PROVISIONAL) and not identity.numeric_code_ok("20123456781")
    assert not identity.numeric_code_ok("0" * 11) and not identity.numeric_code_ok("2012345678")


def certificate(pki, *pairs):
    names = [x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"), x509.NameAttribute(NameOID.COMMON_NAME, "Luigi Verdi")]
    subject = x509.Name(names + [x509.NameAttribute(oid, value) for oid, value in pairs])
    return pades.load_key_file(pki.issue("x", "", "x", kind="ec", subject=subject), "x").signing_cert


@pytest.mark.parametrize("written", [f"TINIT-{CF}", f"IT:{CF}", CF, f"CF:{CF}", f"CF:IT-{CF}", f"IT-{CF}", CF.lower(), f"TINIT-{FOREIGN}"])
def test_person(pki, written):
    facts = identity.describe_certificate(certificate(pki, (NameOID.SERIAL_NUMBER, written)))
    assert facts["codice_fiscale"] == (FOREIGN if FOREIGN in written else CF) and not facts["seal"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f"TINIT-{PROVISIONAL}", PROVISIONAL), (f"IT:{PROVISIONAL}", PROVISIONAL),
        (PROVISIONAL, ""),  # eleven bare digits may be the number of a card
        ("TINIT-20123456781", ""), ("PASIT-AA1234567", ""), ("TINFR-1234567890123", ""), ("", ""),
    ],
)  # fmt: skip
def test_provisional_and_foreign_numbers(pki, written, expected):
    pairs = [(NameOID.SERIAL_NUMBER, written)] if written else []
    assert identity.codice_fiscale(certificate(pki, *pairs)) == expected


@pytest.mark.parametrize("written", ["VATIT-00743110157", "CF:IT-00743110157", "NTRIT-00743110157", "IT:00743110157"])
def test_body(pki, written):
    cert = certificate(pki, (NameOID.ORGANIZATION_IDENTIFIER, written))
    assert (identity.is_seal(cert), identity.body_code(cert)) == (True, "00743110157")


def test_person_of_an_organisation_is_no_seal(pki):
    person = [(NameOID.SERIAL_NUMBER, f"TINIT-{CF}"), (NameOID.ORGANIZATION_IDENTIFIER, "VATIT-00743110157")]
    assert not identity.is_seal(certificate(pki, *person))
    named = [(NameOID.GIVEN_NAME, "Luigi"), (NameOID.ORGANIZATION_IDENTIFIER, "VATIT-00743110157")]
    assert not identity.is_seal(certificate(pki, *named))


def test_issuer_as_a_person_would_say_it(pki):
    cert = certificate(pki)
    assert identity.describe_certificate(cert)["issuer"] == "Demo CA - no legal value, Demo PKI, IT"
    bare = x509.Name([x509.NameAttribute(NameOID.LOCALITY_NAME, "Borgoverde")])
    assert "Borgoverde" in identity.readable_name(Name.load(bare.public_bytes())), "whatever there is"
