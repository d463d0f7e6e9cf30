"""Trusted lists (ETSI TS 119 612): which services were qualified, and when.

A list counts only when its own signature is good and its signer is known: a certificate given by whoever verifies, or
one that a list of lists already accepted names for it.
"""

import datetime as dt
import importlib.resources

from asn1crypto import pem, x509

from . import algorithms, identity, xades, xml_canonical, xmldsig
from .errors import FirmaError

TSL = "http://uri.etsi.org/02231/v2#"
_ECC = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
_SERVICE = "http://uri.etsi.org/TrstSvc/Svctype/"
_EXTENSION = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
# eIDAS since 1 July 2016, Directive 1999/93/EC before (TS 119 612, 5.5.4)
_GRANTED = {"granted", "undersupervision", "accredited", "supervisionincessation", "setbynationallaw"}
_QSCD = {"QCWithSSCD", "QCWithQSCD", "QCQSCDManagedOnBehalf"}
_NO_QSCD = {"QCNoSSCD", "QCNoQSCD"}
MAX_SERVICES = 20_000


class Period:
    """One stretch of a service's life: from when, in which status, with which extensions."""

    def __init__(self, node):
        self.start = _time(node.findtext(_tag("StatusStartingTime")))
        self.status = (node.findtext(_tag("ServiceStatus")) or "").strip().rsplit("/", 1)[-1].lower()
        extensions = node.find(_tag("ServiceInformationExtensions"))
        self.purposes, self.qualifications = set(), []
        for uri in extensions.iter(_tag("URI")) if extensions is not None else ():
            text = (uri.text or "").strip()
            if text.startswith(_EXTENSION):
                self.purposes.add(text.removeprefix(_EXTENSION))
        for element in extensions.iter(f"{{{_ECC}}}QualificationElement") if extensions is not None else ():
            self.qualifications.append(_Qualification(element))

    @property
    def granted(self):
        return self.status in _GRANTED


class _Qualification:
    """Qualifiers that a list adds to the certificates that meet its criteria (TS 119 612, 5.5.9.2)."""

    def __init__(self, node):
        self.qualifiers = {
            (item.get("uri") or "").rsplit("/", 1)[-1] for item in node.iter(f"{{{_ECC}}}Qualifier")
        }
        self._criteria = node.find(f"{{{_ECC}}}CriteriaList")

    def meets(self, cert):
        return self._criteria is not None and _meets(self._criteria, cert)


def _meets(criteria, cert, depth=0):
    """All, at least one, or none of the criteria; one that is not known is not met."""
    if depth > 5:
        return False
    results = []
    for node in criteria.iterchildren("*"):
        name = node.tag.rsplit("}", 1)[-1]
        if name == "KeyUsage":
            results.append(_key_usage(node, cert))
        elif name == "PolicySet":
            results.append(_policies(node, cert))
        elif name == "CriteriaList":
            results.append(_meets(node, cert, depth + 1))
        elif name != "Description":
            results.append(False)
    wanted = criteria.get("assert", "all")
    if not results:
        return False
    return {"all": all(results), "atLeastOne": any(results), "none": not any(results)}.get(wanted, False)


def _key_usage(node, cert):
    value = cert.key_usage_value
    present = set(value.native) if value is not None else set()
    names = {"nonRepudiation": "non_repudiation", "digitalSignature": "digital_signature", "keyCertSign": "key_cert_sign"}
    for bit in node.iterchildren(f"{{{_ECC}}}KeyUsageBit"):
        name = names.get(bit.get("name"), bit.get("name"))
        if (name in present) != ((bit.text or "").strip() == "true"):
            return False
    return True


def _policies(node, cert):
    present = {item["policy_identifier"].dotted for item in cert.certificate_policies_value or []}
    wanted = [
        (item.text or "").strip().lower().removeprefix("urn:oid:")
        for item in node.iter("{http://uri.etsi.org/01903/v1.3.2#}Identifier")
    ]
    return bool(wanted) and all(oid in present for oid in wanted)


class Service:
    """A service of a provider: kind, certificates, and its life from the last period to the first."""

    def __init__(self, node, provider):
        information = node.find(_tag("ServiceInformation"))
        self.provider = provider
        self.kind = (information.findtext(_tag("ServiceTypeIdentifier")) or "").strip().removeprefix(_SERVICE)
        self.certs = []
        identity_node = information.find(_tag("ServiceDigitalIdentity"))
        for item in identity_node.iter(_tag("X509Certificate")) if identity_node is not None else ():
            self.certs.append(x509.Certificate.load(xml_canonical.decode(item.text), strict=True))
        history = node.find(_tag("ServiceHistory"))
        older = history.findall(_tag("ServiceHistoryInstance")) if history is not None else []
        self.periods = sorted((Period(item) for item in (information, *older)), key=lambda p: p.start, reverse=True)

    def at(self, moment):
        """The period in which a moment falls, or None when the service was not there yet."""
        return next((period for period in self.periods if period.start <= moment), None)

    def issued(self, cert, path):
        """Is the service among the authorities of this chain?"""
        own = {item.sha256 for item in self.certs}
        if own & {item.sha256 for item in path}:
            return True
        return any(item.subject == cert.issuer and algorithms.signed_by(cert, item) for item in self.certs)


class TrustedList:
    """A list whose signature has been accepted."""

    def __init__(self, root):
        scheme = root.find(_tag("SchemeInformation"))
        territory = scheme.findtext(_tag("SchemeTerritory")) or "?"
        number = scheme.findtext(_tag("TSLSequenceNumber")) or "?"
        self.name = f"{territory.strip()} {number.strip()}"
        following = scheme.findtext(f"{_tag('NextUpdate')}/{_tag('dateTime')}")
        self.next_update = _time(following) if following else None
        self.pointers = [
            x509.Certificate.load(xml_canonical.decode(item.text), strict=True)
            for pointer in scheme.iter(_tag("OtherTSLPointer"))
            for item in pointer.iter(_tag("X509Certificate"))
        ]
        self.services = []
        for provider in root.iter(_tag("TrustServiceProvider")):
            name = (provider.findtext(f".//{_tag('TSPName')}/{_tag('Name')}") or "").strip()
            self.services += [Service(node, name) for node in provider.iter(_tag("TSPService"))]
        if len(self.services) > MAX_SERVICES:
            raise FirmaError("too_large", "The trusted list holds too many services.")

    def certificates(self, *kinds, moment=None):
        """Certificates of the services of these kinds, those that were granted at a moment if one is given."""
        services = [service for service in self.services if service.kind in kinds]
        if moment is not None:
            services = [item for item in services if (period := item.at(moment)) is not None and period.granted]
        return [cert for service in services for cert in service.certs]

    def qualification(self, cert, path, declared, moment):
        """What the list says of a certificate at a moment (TS 119 615, 4.4 and 4.5, in short)."""
        services = [item for item in self.services if item.kind == "CA/QC" and item.issued(cert, path)]
        answer = {"known": bool(services), "qualified": False, "qscd": None, "list": self.name, "why": ""}
        if not services:
            return answer
        issued = cert["tbs_certificate"]["validity"]["not_before"].native
        answer["why"] = "the service was not qualified at that time"
        for service in services:
            now, then = service.at(moment), service.at(issued)
            if now is None or then is None or not now.granted or not then.granted:
                continue
            qualifiers = {name for item in now.qualifications if item.meets(cert) for name in item.qualifiers}
            answer["qualified"], answer["why"] = _qualified(now, qualifiers, declared)
            answer["qscd"] = _qscd(qualifiers, declared)
            answer["list"] = f"{self.name}, {service.provider}" if service.provider else self.name
            if answer["qualified"]:
                break
        return answer


def _qualified(period, qualifiers, declared):
    if "NotQualified" in qualifiers:
        return False, "the trusted list says that these certificates are not qualified"
    if not (declared["compliance"] or "QCStatement" in qualifiers):
        return False, "the certificate does not declare itself qualified"
    kinds = set(declared["types"])
    for kind, purpose in (("esign", "ForeSignatures"), ("eseal", "ForeSeals")):
        if kind in kinds and period.purposes and purpose not in period.purposes:
            return False, f"the service was not qualified for this purpose ({purpose})"
    if kinds == {"web"}:
        return False, "the certificate is for web sites"
    return True, ""


def _qscd(qualifiers, declared):
    if qualifiers & _QSCD:
        return True
    return False if qualifiers & _NO_QSCD else declared["qscd"]


def _tag(name):
    return f"{{{TSL}}}{name}"


def _time(text):
    value = dt.datetime.fromisoformat((text or "").strip().replace("Z", "+00:00"))
    return value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)


def load_all(blobs, trust):
    """(lists that can be trusted, warnings): lists of lists first, so that they may name the signers of the others."""
    lists, warnings, known = [], [], list(trust.anchors)
    waiting = [(data, _parse(data)) for data in blobs]
    while waiting:
        accepted = None
        for item in waiting:
            if _signer(item[1], known)[0] is not None:
                accepted = item
                break
        if accepted is None:
            for _data, root in waiting:
                _nobody, trouble = _signer(root, known)
                raise FirmaError("trusted_list", f"The trusted list is not usable: {trouble}.")
        waiting.remove(accepted)
        found = TrustedList(accepted[1])
        if _is_list_of_lists(accepted[1]):
            known += found.pointers
        lists.append(found)
        if found.next_update and found.next_update < trust.moment:
            detail = f"The trusted list {found.name} should have been renewed by {found.next_update.isoformat()}."
            warnings.append({"code": "trusted_list_old", "detail": detail})
    return lists, warnings


def _is_list_of_lists(root):
    kind = root.findtext(f"{_tag('SchemeInformation')}/{_tag('TSLType')}") or ""
    return kind.strip().lower().endswith("listofthelists")


def _shipped():
    """Signers of the European list of lists that pyHanko carries."""
    folder = importlib.resources.files("pyhanko.sign.validation.qualified") / "lotl-certs"
    for item in folder.iterdir() if folder.is_dir() else ():
        if item.name.endswith(".pem"):
            yield x509.Certificate.load(pem.unarmor(item.read_bytes())[2])


def _parse(data):
    root = xml_canonical.parse(data)
    if root.tag != _tag("TrustServiceStatusList"):
        raise FirmaError("trusted_list", "This is not a trusted list.")
    return root


def _signer(root, known):
    """(certificate of the signer, "") when the list's signature is good and its signer is known."""
    signatures = root.findall(xml_canonical.tag("Signature"))
    if len(signatures) != 1:
        return None, "it has not exactly one signature"
    try:
        cert = _signed_by(signatures[0], root)
    except FirmaError as error:
        return None, f"its signature is not good ({error.detail})"
    except Exception as error:  # fails closed
        return None, f"its signature cannot be read ({type(error).__name__})"
    if any(cert.sha256 == item.sha256 for item in known):
        return cert, ""
    if _is_list_of_lists(root) and any(cert.sha256 == item.sha256 for item in _shipped()):
        return cert, ""
    return None, f"its signer is not known ({identity.signer_name(cert)}, SHA-256 {cert.sha256.hex()})"


def _signed_by(signature, root):
    """Certificate that signed the whole list."""
    certs = xades.key_certificates(signature.find(xml_canonical.tag("KeyInfo")))
    cert, bound = xades.signing_certificate(certs, xades.qualifying_properties(signature))
    if cert is None or bound == "other":
        raise FirmaError("trusted_list", "its certificate is missing or is another one")
    references = xmldsig.references(signature, xmldsig.identifiers(root), lambda _name: None)
    if not any(item.element is root and item.without in ("self", "signatures") for item in references):
        raise FirmaError("trusted_list", "it does not cover the whole list")
    if not all(item.good for item in references) or not xmldsig.key_signed(signature, cert):
        raise FirmaError("trusted_list", "the list was altered")
    weak = algorithms.weakness(xmldsig.signature_method(signature)[1], cert.public_key)
    if weak:
        raise FirmaError("trusted_list", weak[0])
    return cert


