"""Qualified or not: trusted lists made and signed by hand."""

import base64

import pytest
from by_hand import DAY, NOW, Authority, timestamp
from by_hand import cms as sign
from cms_by_hand import stamped
from lxml import etree
from pa_firma_tools import document
from signxml import DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.xades import XAdESSigner

CONTENT = b"Determina n. 3\n"
TYPE = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/"
SERVICE = "http://uri.etsi.org/TrstSvc/Svctype/"
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
EXTENSION = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Who signs the lists: AgID, say."""
    return Authority(tmp_path_factory.mktemp("office"), "Ufficio degli elenchi").issue("Firmatario elenco", kind="rsa", serial="")


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue()


def purposes(*names):
    """For what a service is qualified."""
    uris = (f"<URI xml:lang='en'>{EXTENSION}{name}</URI>" for name in names)
    return "".join(
        f"<Extension Critical='true'><AdditionalServiceInformation>{uri}</AdditionalServiceInformation></Extension>" for uri in uris
    )


def service(cert, *periods, kind="CA/QC", extensions="", purpose=("ForeSignatures",)):
    """`periods`: (status, start), the present one first."""
    if kind == "CA/QC":
        extensions += purposes(*purpose)

    def fields(status, start):
        return (
            f"<ServiceTypeIdentifier>{SERVICE}{kind}</ServiceTypeIdentifier><ServiceName><Name xml:lang='it'>Servizio</Name></ServiceName>"
            f"<ServiceDigitalIdentity><DigitalId><X509Certificate>{base64.b64encode(cert.der).decode()}</X509Certificate></DigitalId></ServiceDigitalIdentity>"
            f"<ServiceStatus>{STATUS}{status}</ServiceStatus><StatusStartingTime>{start.isoformat().replace('+00:00', 'Z')}</StatusStartingTime>"
            f"<ServiceInformationExtensions>{extensions}</ServiceInformationExtensions>"
        )  # fmt: skip

    history = "".join(f"<ServiceHistoryInstance>{fields(*period)}</ServiceHistoryInstance>" for period in periods[1:])
    return f"<TSPService><ServiceInformation>{fields(*periods[0])}</ServiceInformation><ServiceHistory>{history}</ServiceHistory></TSPService>"


def make_list(*services, kind="EUgeneric", pointers=(), until=NOW + 90 * DAY, territory="IT"):
    named = "".join(
        "<OtherTSLPointer><ServiceDigitalIdentities><ServiceDigitalIdentity><DigitalId>"
        f"<X509Certificate>{base64.b64encode(cert.der).decode()}</X509Certificate>"
        "</DigitalId></ServiceDigitalIdentity></ServiceDigitalIdentities><AdditionalInformation><OtherInformation>"
        f"<TSLType>{TYPE}EUgeneric</TSLType></OtherInformation><OtherInformation><SchemeTerritory>IT</SchemeTerritory>"
        "</OtherInformation></AdditionalInformation></OtherTSLPointer>"
        for cert in pointers
    )
    return (
        '<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="TSL"><SchemeInformation>'
        f"<TSLSequenceNumber>7</TSLSequenceNumber><TSLType>{TYPE}{kind}</TSLType><SchemeTerritory>{territory}</SchemeTerritory>"
        f"<PointersToOtherTSL>{named}</PointersToOtherTSL><NextUpdate><dateTime>{until.isoformat()}</dateTime></NextUpdate></SchemeInformation>"
        "<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang='it'>Prestatore</Name></TSPName></TSPInformation>"
        f"<TSPServices>{''.join(services)}</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>"
    ).encode()  # fmt: skip


def signed_list(data, pair):
    signer = XAdESSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
    )
    return etree.tostring(signer.sign(etree.fromstring(data), key=pair.key, cert=[pair.cert]))


@pytest.fixture
def check(office, codes):
    """Verify with one list, signed by the office that is trusted for lists: (report, first signature)."""

    def run(data, listed, *, signer=office, trust=(office,), **options):
        lists = [signed_list(listed, signer)] if isinstance(listed, bytes) else listed
        report = document.verify_document(data, trust=[item.pem for item in trust], trust_lists=lists, **options)
        return report, (report["signatures"] or [None])[0]

    return run


def test_qualified(check, ca, mario):
    report, facts = check(sign(CONTENT, mario), make_list(service(ca.root, ("granted", NOW - 900 * DAY))))
    assert report["verdict"] == "valid", report["reasons"]
    assert facts["qualified"] is True and facts["qscd"] is True and facts["qualified_by"] == "IT 7, Prestatore"


def test_without_a_list_nobody_knows(ca, mario):
    facts = document.verify_document(sign(CONTENT, mario), trust=[ca.root.pem])["signatures"][0]
    assert facts["qualified"] is None and facts["qualified_declared"] is True


def test_certificate_that_does_not_declare_it(check, ca):
    plain = ca.issue(qualified=False)
    report, facts = check(sign(CONTENT, plain), make_list(service(ca.root, ("granted", NOW - 900 * DAY))))
    assert report["verdict"] == "valid" and facts["qualified"] is False


def test_service_withdrawn_or_not_yet_granted(check, ca, office, mario):
    data = sign(CONTENT, mario)
    withdrawn = make_list(service(ca.root, ("withdrawn", NOW - 10 * DAY), ("granted", NOW - 900 * DAY)))
    report, facts = check(data, withdrawn)
    assert report["verdict"] == "undetermined" and facts["qualified"] is False
    before = check(data, withdrawn, at=NOW - 20 * DAY)[1]
    assert before["qualified"] is True
    late = make_list(service(ca.root, ("granted", NOW - 5 * DAY)))
    assert check(data, late, trust=(ca.root, office))[1]["qualified"] is False


def test_proved_time_decides(check, ca, mario, tmp_path):
    """Timestamped today; in a hundred days the service is withdrawn: still qualified for this signature."""
    tsa = ca.issue_tsa()
    data = stamped(sign(CONTENT, mario), tsa, tmp_path)
    listed = make_list(
        service(ca.root, ("withdrawn", NOW + 50 * DAY), ("granted", NOW - 900 * DAY)),
        service(tsa, ("granted", NOW - 900 * DAY), kind="TSA/QTST"),
        until=NOW + 200 * DAY,
    )
    report, facts = check(data, listed, at=NOW + 100 * DAY)
    assert report["verdict"] == "valid" and facts["qualified"] is True and facts["timestamp"]["trusted"]


def test_authority_in_no_list(check, ca, mario, tmp_path):
    other = Authority(tmp_path, "Altra").root
    report, facts = check(sign(CONTENT, mario), make_list(service(other, ("granted", NOW - 900 * DAY))))
    assert report["verdict"] == "undetermined" and not facts["qualified"]


def test_signer_of_the_list_must_be_known(check, ca, mario, tmp_path):
    """Even one whose certificate comes from a trusted authority: being a person is not being AgID."""
    listed = make_list(service(ca.root, ("granted", NOW - 900 * DAY)))
    impostor = ca.issue("Impostore", kind="rsa")
    for trust in ((), (ca.root,)):
        report, _facts = check(sign(CONTENT, mario), listed, signer=impostor, trust=trust)
        assert report["verdict"] == "undetermined" and report["reasons"][0]["code"] == "trusted_list"


def test_altered_list(check, ca, office, mario):
    listed = signed_list(make_list(service(ca.root, ("withdrawn", NOW - 900 * DAY))), office)
    forged = listed.replace(b"Svcstatus/withdrawn", b"Svcstatus/granted")
    unsigned = make_list(service(ca.root, ("granted", NOW - 900 * DAY)))
    for data in (forged, unsigned, b"<a/>", b"rubbish"):
        report, _facts = check(sign(CONTENT, mario), [data])
        assert report["verdict"] != "valid"


def test_list_of_lists_names_the_signers(check, ca, office, mario, tmp_path):
    europe = Authority(tmp_path, "Europa").issue("Lista delle liste", kind="rsa", serial="")
    lotl = signed_list(make_list(kind="EUlistofthelists", pointers=[office], territory="EU"), europe)
    national = signed_list(make_list(service(ca.root, ("granted", NOW - 900 * DAY))), office)
    for order in ([lotl, national], [national, lotl]):
        report, facts = check(sign(CONTENT, mario), order, trust=(europe,))
        assert report["verdict"] == "valid" and facts["qualified"] is True
    usurper = signed_list(make_list(pointers=[office], territory="FR"), europe)  # a national list names nobody
    assert check(sign(CONTENT, mario), [usurper, national], trust=(europe,))[0]["verdict"] == "undetermined"


def test_list_past_its_date_is_said(check, ca, mario):
    listed = make_list(service(ca.root, ("granted", NOW - 900 * DAY)), until=NOW - DAY)
    report, facts = check(sign(CONTENT, mario), listed)
    assert facts["qualified"] is True and {item["code"] for item in report["warnings"]} == {"trusted_list_old"}


def test_qualifiers_of_the_list(check, ca):
    """`QCWithSSCD` by policy, and `NotQualified` where nothing else would say so."""
    def extension(name):
        return (
            '<Extension Critical="true"><ecc:Qualifications xmlns:ecc="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#">'
            f'<ecc:QualificationElement><ecc:Qualifiers><ecc:Qualifier uri="{EXTENSION}{name}"/></ecc:Qualifiers>'
            '<ecc:CriteriaList assert="all"><ecc:PolicySet><ecc:PolicyIdentifier><x:Identifier xmlns:x="http://uri.etsi.org/01903/v1.3.2#">1.2.3.4.5</x:Identifier>'
            "</ecc:PolicyIdentifier></ecc:PolicySet></ecc:CriteriaList></ecc:QualificationElement></ecc:Qualifications></Extension>"
        )  # fmt: skip

    signer, other = ca.issue(policies=["1.2.3.4.5"]), ca.issue(policies=["1.2.3.4.6"])
    for name, pair, qualified, qscd in (
        ("QCWithSSCD", signer, True, True),
        ("QCNoSSCD", signer, True, False),
        ("NotQualified", signer, False, None),
        ("NotQualified", other, True, True),
    ):
        listed = make_list(service(ca.root, ("granted", NOW - 900 * DAY), extensions=extension(name)))
        facts = check(sign(CONTENT, pair), listed)[1]
        assert (facts["qualified"], facts["qscd"]) == (qualified, qscd), name


def test_timestamp_of_a_listed_authority(check, ca, tmp_path, mario):
    tsa = Authority(tmp_path, "Marche").issue_tsa()
    (tmp_path / "x").mkdir()
    token = timestamp(tsa, CONTENT, tmp_path / "x")
    listed = make_list(service(tsa, ("granted", NOW - 900 * DAY), kind="TSA/QTST"))
    assert check(token, listed, original=CONTENT)[0]["verdict"] == "valid"
    listed = make_list(service(tsa, ("withdrawn", NOW - 900 * DAY), kind="TSA/QTST"))
    assert check(token, listed, original=CONTENT)[0]["verdict"] == "undetermined"


def test_what_a_listed_person_issued_is_not_qualified(check, mario, ca):
    """The list names a certificate that is no authority: its holder issues nobody's."""
    forged = ca.issue("Ada Neri", issuer=mario)
    report, facts = check(sign(CONTENT, forged), make_list(service(mario, ("granted", NOW - 900 * DAY))))
    assert report["verdict"] == "undetermined" and not facts["qualified"]
