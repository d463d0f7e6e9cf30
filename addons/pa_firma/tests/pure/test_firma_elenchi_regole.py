"""What makes a certificate qualified (ETSI TS 119 615): each rule on lists written by hand and signed by xmlsec1."""

import datetime as dt

import lists_by_hand as lists
import pytest
from asn1crypto import core
from by_hand import DAY, NOW, Authority, timestamp
from by_hand import cms as sign
from cms_by_hand import tlv
from cryptography.x509.oid import ExtendedKeyUsageOID
from lists_by_hand import LONG_AGO, certified, criteria, qualifications, service, signed
from pa_firma_tools import document, list_rules, listed, sandbox, trusted_list, words

CONTENT = b"Determina n. 6\n"
COMPLIANCE, SSCD, TYPE = "0.4.0.1862.1.1", "0.4.0.1862.1.4", "0.4.0.1862.1.6"
ALWAYS = criteria(lists.usage(nonRepudiation=True))
BEFORE = dt.datetime(2014, 5, 1, tzinfo=dt.timezone.utc)
EIDAS = dt.datetime(2016, 6, 30, 22, tzinfo=dt.timezone.utc)


def statements(*oids, types=()):
    """QCStatements of a certificate, encoded by hand."""
    items = [tlv(0x30, core.ObjectIdentifier(oid).dump()) for oid in oids]
    if types:
        kinds = b"".join(core.ObjectIdentifier(f"{TYPE}.{number}").dump() for number in types)
        items.append(tlv(0x30, core.ObjectIdentifier(TYPE).dump() + tlv(0x30, kinds)))
    return tlv(0x30, b"".join(items))


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("office"), "Ufficio").issue("Firmatario", kind="rsa", serial="")


@pytest.fixture(scope="module")
def judge(office):
    """Facts of a signature made by openssl, with one list."""

    def run(pair, *services, anchors=(), at=None, certs=(), **options):
        national = signed(lists.listing(*services, **options), office)
        trust = [item.pem for item in (office, *anchors)]
        return document.verify_document(sign(CONTENT, pair, certs=certs), trust=trust, trust_lists=[national], at=at)["signatures"][0]

    return run


def codes(facts):
    return {item["code"]: item["detail"] for item in facts["warnings"]}


# Status and history ---------------------------------------------------------------------------------------------------


def test_by_which_list_provider_service_and_period(judge, ca):
    facts = judge(ca.issue(), service(certified(ca.root), ("granted", EIDAS), ("undersupervision", BEFORE)), number=141)
    assert facts["qualified"] is True and facts["qualified_by"] == "IT 141, Prestatore"
    assert facts["qualified_service"] == "Certificati qualificati"
    assert facts["qualified_period"] == {"status": "granted", "since": EIDAS.isoformat(), "until": None}
    said = dict(words.rows(facts, "it"))["Qualificata"]
    assert said == "sì (IT 141, Prestatore; Certificati qualificati: granted, dal 01/07/2016)"


def test_status_when_it_was_issued_and_when_it_signed(judge, ca):
    """Issued 400 days ago, signed today."""
    pair = ca.issue()
    for periods, qualified in (
        ([("granted", LONG_AGO)], True),
        ([("granted", NOW - 300 * DAY), ("withdrawn", LONG_AGO)], False),
        ([("withdrawn", NOW - 300 * DAY), ("granted", LONG_AGO)], False),
        ([("granted", NOW - 100 * DAY), ("withdrawn", NOW - 200 * DAY), ("granted", LONG_AGO)], True),
        ([("granted", NOW - 300 * DAY)], False),
        ([("granted", NOW - 100 * DAY), ("granted", LONG_AGO, "", "CA/PKC")], False),
    ):
        assert judge(pair, service(certified(ca.root), *periods), anchors=[ca.root])["qualified"] is qualified, periods


@pytest.mark.parametrize("status", ["undersupervision", "accredited", "supervisionincessation"])
def test_before_eidas(judge, ca, status):
    """Supervised until 1 July 2016: then; the same status never renewed says nothing later."""
    pair = ca.issue(start=BEFORE, end=NOW + 10 * DAY)
    renewed = service(certified(ca.root), ("granted", EIDAS), (status, LONG_AGO), purpose=())
    assert judge(pair, renewed)["qualified"] is True
    assert judge(pair, renewed, at=EIDAS - DAY)["qualified"] is True
    left = service(certified(ca.root), (status, LONG_AGO), purpose=())
    assert judge(pair, left, at=EIDAS - DAY)["qualified"] is True
    assert judge(pair, left, anchors=[ca.root])["qualified"] is False


@pytest.mark.parametrize("status", ["recognisedatnationallevel", "setbynationallaw", "deprecatedatnationallevel", "withdrawn", "supervisionceased"])
def test_never_qualified(judge, ca, status):
    assert judge(ca.issue(), service(certified(ca.root), (status, LONG_AGO)), anchors=[ca.root])["qualified"] is False


def test_policies_of_before_eidas(judge, ca):
    """QCP+ made a certificate qualified and said where its key was; only for those issued then."""
    renewed = service(certified(ca.root), ("granted", EIDAS), ("undersupervision", LONG_AGO))
    for oid, start, qualified, qscd in (
        ("0.4.0.1456.1.1", BEFORE, True, True),
        ("0.4.0.1456.1.2", BEFORE, True, False),
        ("0.4.0.1456.1.1", NOW - 300 * DAY, False, None),
    ):
        pair = ca.issue(start=start, end=NOW + 9 * DAY, qualified=False, policies=[oid])
        facts = judge(pair, renewed)
        assert (facts["qualified"], facts["qscd"]) == (qualified, qscd), oid


# Qualifiers and their conditions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("added", "declared", "qualified", "qscd"),
    [
        ([], (COMPLIANCE, SSCD), True, True),
        ([], (COMPLIANCE,), True, False),
        ([], (SSCD,), False, None),
        (["QCStatement"], (), True, False),
        (["QCStatement", "QCWithSSCD"], (), True, True),
        (["NotQualified"], (COMPLIANCE, SSCD), False, None),
        (["NotQualified", "QCStatement"], (COMPLIANCE,), None, None),
        (["QCWithSSCD"], (COMPLIANCE,), True, True),
        (["QCWithQSCD"], (COMPLIANCE,), True, True),
        (["QCQSCDManagedOnBehalf"], (COMPLIANCE,), True, True),
        (["QCNoSSCD"], (COMPLIANCE, SSCD), True, False),
        (["QCNoQSCD"], (COMPLIANCE, SSCD), True, False),
        (["QCSSCDStatusAsInCert"], (COMPLIANCE, SSCD), True, True),
        (["QCQSCDStatusAsInCert"], (COMPLIANCE,), True, False),
        (["QCWithQSCD", "QCNoQSCD"], (COMPLIANCE, SSCD), True, None),
        (["QCForESig"], (COMPLIANCE, SSCD), True, True),
        (["QCForESeal"], (COMPLIANCE, SSCD), False, None),
        (["QCForWSA"], (COMPLIANCE, SSCD), False, None),
        (["QCForESig", "QCForESeal"], (COMPLIANCE, SSCD), None, None),
        (["QCForLegalPerson"], (COMPLIANCE, SSCD), False, None),
    ],
)
def test_qualifiers(judge, ca, added, declared, qualified, qscd):
    pair = ca.issue(qc=statements(*declared)) if declared else ca.issue(qualified=False)
    extra = qualifications((added, ALWAYS)) if added else ""
    facts = judge(pair, service(certified(ca.root), added=extra))
    assert (facts["qualified"], facts["qscd"]) == (qualified, qscd), codes(facts)
    if qualified is None:
        assert "contradicts itself" in codes(facts)["qualified_unknown"]
    assert words.rows(facts, "it") and all(words.explain(item, "it") for item in facts["warnings"])


def test_qualifiers_of_the_time_that_counts(judge, ca):
    """The device of when it signed; NotQualified then or when it was issued."""
    pair = ca.issue(qc=statements(COMPLIANCE))
    now = service(
        certified(ca.root), ("granted", NOW - 100 * DAY, qualifications((["QCWithQSCD"], ALWAYS))), ("granted", LONG_AGO)
    )
    assert judge(pair, now)["qscd"] is True
    assert judge(pair, now, at=NOW - 200 * DAY)["qscd"] is False
    then = service(
        certified(ca.root), ("granted", NOW - 100 * DAY), ("granted", LONG_AGO, qualifications((["NotQualified"], ALWAYS)))
    )
    assert judge(pair, then)["qualified"] is False


UNKNOWN = "<ns5:otherCriteriaList><ns4:Invented/></ns5:otherCriteriaList>"
SIGNING, POLICY = lists.usage(nonRepudiation=True), lists.policies("1.2.3.4")


@pytest.mark.parametrize(
    ("wanted", "met"),
    [
        (criteria(SIGNING), True),
        (criteria(lists.usage(nonRepudiation=True, digitalSignature=False)), True),
        (criteria(lists.usage(nonRepudiation=False)), False),
        (criteria(lists.usage(keyEncipherment=True)), False),
        (criteria(lists.usage(keyEncipherment=False, dataEncipherment=False, keyAgreement=False, crlSign=False)), True),
        (criteria(lists.usage(encipherOnly=False, decipherOnly=False, keyCertSign=False)), True),
        (criteria(POLICY), True),
        (criteria(lists.policies("1.2.3.4", "1.2.3.5")), True),
        (criteria(lists.policies("1.2.3.4", "1.2.3.9")), False),
        (criteria(lists.policies("1.2.3.9"), lists.policies("1.2.3.4"), rule="atLeastOne"), True),
        (criteria(lists.policies("1.2.3.9"), lists.policies("1.2.3.4")), False),
        (criteria(lists.policies("1.2.3.9"), rule="none"), True),
        (criteria(POLICY, rule="none"), False),
        (criteria(SIGNING, criteria(lists.policies("1.2.3.9"), POLICY, rule="atLeastOne")), True),
        (criteria(SIGNING, criteria(POLICY, rule="none")), False),
        (criteria("<ns5:Description>si noti</ns5:Description>", POLICY), True),
        (criteria(lists.key_purposes("1.3.6.1.5.5.7.3.4")), True),
        (criteria(lists.key_purposes("1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.2")), False),
        (criteria(lists.subject_has("2.5.4.3", "2.5.4.5")), True),
        (criteria(lists.subject_has("2.5.4.97")), False),
        (criteria(lists.subject_has("2.5.4.97"), rule="none"), True),
        (criteria(UNKNOWN), None),
        (criteria(UNKNOWN, lists.policies("1.2.3.9")), False),
        (criteria(UNKNOWN, POLICY), None),
        (criteria(UNKNOWN, POLICY, rule="atLeastOne"), True),
        (criteria(UNKNOWN, rule="none"), None),
        (criteria(UNKNOWN, POLICY, rule="none"), False),
        (criteria(lists.policies("not an identifier", "1.2.3.4")), None),
        (criteria(), False),
        (criteria(POLICY, rule="some"), None),
    ],
)
def test_conditions(judge, ca, wanted, met):
    """`met` decides whether NotQualified applies; where nobody can tell, nobody says that it is qualified."""
    pair = ca.issue(policies=["1.2.3.4", "1.2.3.5"], extended=[ExtendedKeyUsageOID.EMAIL_PROTECTION], qualified=False)
    added = qualifications((["QCStatement"], ALWAYS), (["NotQualified"], wanted))
    facts = judge(pair, service(certified(ca.root), added=added.replace("NotQualified", "QCWithQSCD")))
    assert (facts["qualified"], facts["qscd"]) == {True: (True, True), False: (True, False), None: (None, None)}[met]


# For what, and by whom ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("types", "purpose", "qualified"),
    [
        ((), ("ForeSignatures",), True),
        ((1,), ("ForeSignatures",), True),
        ((1,), ("ForeSignatures", "ForeSeals"), True),
        ((1,), ("ForeSeals",), False),
        ((2,), ("ForeSeals",), True),
        ((2,), ("ForeSignatures",), False),
        ((3,), ("ForWebSiteAuthentication",), False),
        ((1,), ("RootCA-QC",), False),
        ((1,), (), False),
    ],
)
def test_purposes(judge, ca, types, purpose, qualified):
    pair = ca.issue(qc=statements(COMPLIANCE, SSCD, types=types))
    assert judge(pair, service(certified(ca.root), purpose=purpose))["qualified"] is qualified


def test_two_services_of_one_key(judge, ca):
    """For seals and, in another entry, for signatures; one that excludes the certificate leaves it in doubt."""
    pair = ca.issue(qc=statements(COMPLIANCE, SSCD, types=(1,)))
    seals, signatures = (service(certified(ca.root), purpose=(name,)) for name in ("ForeSeals", "ForeSignatures"))
    assert judge(pair, seals, signatures)["qualified"] is True
    excluded = service(certified(ca.root), added=qualifications((["NotQualified"], ALWAYS)))
    assert judge(pair, signatures, excluded)["qualified"] is None


def test_who_issues_without_being_a_root(judge, ca, tmp_path):
    """The list names the issuing authority; its root is nobody's anchor."""
    middle = ca.issue_ca()
    pair = ca.issue(issuer=middle)
    assert judge(pair, service(certified(middle)))["qualified"] is True
    assert judge(ca.issue(), service(certified(middle)), anchors=[ca.root])["qualified"] is False


def test_several_certificates_of_the_same_key(judge, ca, tmp_path):
    """A service renews the certificate of its key: either is the service, also one that is not in the list."""
    other = Authority(tmp_path, "Altra radice")
    middle = ca.issue_ca("Emittente")
    renewed = other.issue_ca("Emittente", key=middle.key)
    pair = ca.issue(issuer=middle)
    assert judge(pair, service(certified(renewed)))["qualified"] is True
    assert judge(pair, service(certified(middle, renewed)))["qualified"] is True
    stranger = other.issue_ca("Emittente")
    assert judge(pair, service(certified(stranger)), anchors=[ca.root], certs=[middle])["qualified"] is False


def test_service_told_by_its_key_or_its_name_alone(judge, ca, tmp_path):
    """The identifier of the key is enough to recognise an authority that somebody vouches for; a name is not."""
    middle = ca.issue_ca("Emittente, di prova")
    pair = ca.issue(issuer=middle)
    by_key, by_name = service(lists.by_key(middle)), service(lists.by_name(middle))
    assert judge(pair, by_key, anchors=[ca.root], certs=[middle])["qualified"] is True
    facts = judge(pair, by_name, anchors=[ca.root], certs=[middle])
    assert facts["qualified"] is None and "only by its name" in codes(facts)["qualified_unknown"]
    alone = judge(pair, by_key, certs=[middle])
    assert not alone["qualified"] and not alone["certificate_valid"]
    other = Authority(tmp_path, "Altra").issue_ca("Emittente, di prova")
    assert judge(pair, service(lists.by_key(other)), anchors=[ca.root], certs=[middle])["qualified"] is False


def test_a_list_that_is_not_of_the_union(judge, ca):
    facts = judge(ca.issue(), service(certified(ca.root)), territory="UA", kind="http://lists.example/TSLType/CClist")
    assert facts["qualified"] is False and list_rules.THIRD in codes(facts)["not_qualified"]


# Timestamps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "trusted", "qualified"),
    [
        ("TSA/QTST", "granted", True, True),
        ("TSA/QTST", "withdrawn", False, False),
        ("TSA/QTST", "recognisedatnationallevel", False, False),
        ("TSA", "recognisedatnationallevel", True, False),
        ("TSA/TSS-QC", "recognisedatnationallevel", True, False),
        ("CA/QC", "granted", False, False),
    ],
)
def test_qualified_timestamp(office, ca, tmp_path, kind, status, trusted, qualified):
    tsa = ca.issue_tsa()
    national = signed(lists.listing(service(certified(tsa), (status, LONG_AGO), kind=kind)), office)
    token = timestamp(tsa, CONTENT, tmp_path)
    stamp = document.verify_document(token, original=CONTENT, trust=[office.pem], trust_lists=[national])["signatures"][0]["timestamp"]
    assert (stamp["trusted"], stamp["qualified"]) == (trusted, qualified)
    if qualified:
        assert (stamp["qualified_by"], stamp["qualified_service"]) == ("IT 7, Prestatore", "Certificati qualificati")


def test_timestamp_by_a_unit_of_a_listed_authority(office, ca, tmp_path):
    """The list names the authority; its units stamp. Without a list nobody tells."""
    tsa = ca.issue_tsa()
    national = signed(lists.listing(service(certified(ca.root), kind="TSA/QTST")), office)
    token = timestamp(tsa, CONTENT, tmp_path)
    report = document.verify_document(token, original=CONTENT, trust=[office.pem], trust_lists=[national])
    assert report["signatures"][0]["timestamp"]["qualified"] is True
    assert dict(words.rows(report["signatures"][0], "it"))["Marca qualificata"].startswith("sì (IT 7, Prestatore")
    report = document.verify_document(token, original=CONTENT, trust=[ca.root.pem])
    assert report["signatures"][0]["timestamp"]["qualified"] is None


# As they are written --------------------------------------------------------------------------------------------------


def test_names_in_italian_then_in_english(office, ca):
    for pairs, name in (
        ([("de", "Anbieter"), ("en", "Provider"), ("it-IT", "Prestatore  di\n prova")], "Prestatore di prova"),
        ([("de", "Anbieter"), ("EN", "Provider")], "Provider"),
        ([("de", "Anbieter"), ("fr", "Fournisseur")], "Anbieter"),
        ([("it", ""), ("en", "Provider")], "Provider"),
    ):
        national = signed(lists.listing(service(certified(ca.root)), provider=pairs), office)
        assert trusted_list.read(national, [office.pem])["list"]["services"][0]["provider"] == name


def test_written_in_odd_ways(office, ca):
    """A mark of the order of bytes, lines that end as on Windows, comments: before or after the signature."""
    plain = lists.listing(service(certified(ca.root)))
    data = sign(CONTENT, ca.issue())

    def qualified(national):
        report = document.verify_document(data, trust=[office.pem], trust_lists=[national])
        return report["verdict"], (report["signatures"] or [{}])[0].get("qualified")

    for national in (
        b"\xef\xbb\xbf" + signed(plain, office),
        signed(b"\xef\xbb\xbf" + plain, office),
        signed(plain.replace(b"><Tr", b">\r\n<!-- nota -->\r\n<Tr"), office),
        signed(plain, office).replace(b"><", b"><!-- dopo la firma --><", 1),
        signed(plain.replace(b"UTF-8", b"utf-8").replace(b"?>", b"?>\n\n"), office) + b"\n\n",
    ):
        assert qualified(national) == ("valid", True)


def test_comments_cannot_cut_what_is_signed(office, ca):
    """No signature covers comments: one inside a text would let a list say half of it."""
    national = signed(lists.listing(service(certified(ca.root)), number=142), office)
    cut = national.replace(b">142<", b">14<!-- -->2<").replace(b"Prestatore<", b"Presta<!-- x -->tore<")
    found = trusted_list.read(cut, [office.pem])["list"]
    assert found == trusted_list.read(national, [office.pem])["list"]
    assert (found["sequence"], found["services"][0]["provider"]) == (142, "Prestatore")


def test_a_large_list(office, ca, tmp_path):
    """Twenty thousand services of ten megabytes and more: read, and looked up, in the time and memory of the sandbox."""
    import json
    import time

    others = [certified(ca.issue(f"Servizio {number}")) for number in range(50)]
    many = [service(others[number % 50]) for number in range(19_999)]
    national = signed(lists.listing(*many, service(certified(ca.root))), office)
    assert len(national) > 30_000_000
    start = time.monotonic()
    found = sandbox.read_list(national, [office.pem])
    assert "error" not in found, found
    assert len(found["list"]["services"]) == 20_000 and time.monotonic() - start < 60
    compact = json.dumps(found["list"]).encode()
    start = time.monotonic()
    assert listed.load(compact).certificates("CA/QC", about=[_cert(ca.root)], moment=NOW)
    assert time.monotonic() - start < 5


def _cert(pair):
    from asn1crypto import x509

    return x509.Certificate.load(pair.der)
