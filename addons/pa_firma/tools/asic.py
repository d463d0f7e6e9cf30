"""ASiC containers (ETSI EN 319 162-1): files with the signatures or timestamps that cover them."""

import datetime as dt
import re
from urllib.parse import unquote

from . import (
    algorithms,
    cades,
    cms_reader,
    envelopes,
    safe_zip,
    sniff,
    timestamp,
    xades,
    xml_canonical,
    xmldsig,
)
from .errors import FirmaError
from .facts import NOT_VALID, UNDETERMINED, blank, problem, reason, settle, warning
from .trust import Evidence

ASIC = "http://uri.etsi.org/02918/v1.2.1#"
_SIGNATURES = re.compile(r"META-INF/[^/]*signatures?[^/]*\.(xml|p7s|p7m)$", re.IGNORECASE)
_OTHER_SIGNATURES = re.compile(r"(_xmlsignatures/[^/]+\.xml|META-INF/[^/]+\.(RSA|DSA|EC))$", re.IGNORECASE)
_TIMESTAMPS = re.compile(r"META-INF/[^/]*timestamp[^/]*\.(tst|tsr)$", re.IGNORECASE)


class Container:
    """The files of a container, and what covers each."""

    def __init__(self, files):
        self.files = files
        self.documents = {
            name: data for name, data in files.items() if name != "mimetype" and not name.startswith("META-INF/")
        }
        self.covered = set()
        self.manifests = {}
        for name, data in files.items():
            if re.fullmatch(r"META-INF/[^/]*ASiC[^/]*Manifest[^/]*\.xml", name, re.IGNORECASE):
                manifest = Manifest(name, data)
                self.manifests[manifest.signature] = manifest

    def signed_by(self, name):
        """(bytes that a CMS or a timestamp covers, names of the documents that it covers, why not)."""
        manifest = self.manifests.get(name)
        if manifest is not None:
            return manifest.data, set(manifest.digests), manifest.check(self.files)
        if len(self.documents) == 1:
            only = next(iter(self.documents))
            return self.documents[only], {only}, ""
        return None, set(), "no manifest says what it covers"


class Manifest:
    """ASiCManifest: the digests of the files that one signature covers."""

    def __init__(self, name, data):
        self.name, self.data = name, data
        root = xml_canonical.parse(data)
        self.signature = unquote(xml_canonical.only(root, "SigReference", ASIC).get("URI", ""))
        self.digests = {}
        for item in root.findall(xml_canonical.tag("DataObjectReference", ASIC)):
            used = xmldsig.digest_name(xml_canonical.only(item, "DigestMethod"))
            value = xml_canonical.decode(xml_canonical.only(item, "DigestValue").text)
            self.digests[unquote(item.get("URI", ""))] = (used, value)

    def check(self, files):
        """Why the files are not those of the manifest; empty when they are."""
        for name, (used, value) in self.digests.items():
            if name not in files:
                return f"the file {name} is missing"
            if algorithms.digest(used, files[name]) != value:
                return f"the file {name} was altered after this signature"
        return "" if self.digests else "the manifest covers nothing"


def open_container(job, layer):
    """Verify every signature and timestamp of a container, and that they cover every document in it."""
    container = Container(safe_zip.read(layer.data, job.max_bytes * 2))
    proofs, found = list(layer.proofs), []
    for name in sorted(filter(_TIMESTAMPS.match, container.files)):
        facts = _timestamp(job, layer, container, name, proofs)
        found.append(facts)
        if facts["proved_time"]:
            proofs.append(dt.datetime.fromisoformat(facts["proved_time"]))
    names = sorted(filter(_SIGNATURES.match, container.files))
    for name in names:
        verify = _xml if name.lower().endswith(".xml") else _cms
        found += verify(job, layer, container, name, proofs)
    if not found:
        raise _nothing_found(container)
    job.add(found)
    missing = sorted(set(container.documents) - container.covered)
    if missing:
        detail = "The container holds files that no signature covers: " + ", ".join(missing[:10])
        reason(job.report, NOT_VALID, "unsigned_file", detail)
    for name in container.covered & set(container.documents):
        job.match(container.documents[name])
    if len(container.documents) == 1 and not missing:
        _open_only(job, layer, container, proofs)


def _nothing_found(container):
    """Office documents and Java archives are signed in forms of their own: not verified, and not called unsigned."""
    if any(map(_OTHER_SIGNATURES.match, container.files)):
        return FirmaError("unsupported", "Signed as an Office document or a Java archive, which cannot be verified here.")
    return FirmaError("unsigned", "The container holds no signature.")


def _open_only(job, layer, container, proofs):
    """ASiC-S: what is signed may be a signed document in its turn."""
    data = next(iter(container.documents.values()))
    if sniff.inner_kind(data) in ("pdf", "cms", "tsd", "xml"):
        job.open_content(data, layer, proofs)


def _cover(facts, container, names):
    container.covered |= names
    facts["covers_whole_file"] = set(container.documents) <= names
    facts["later_changes"] = "none"
    if not facts["covers_whole_file"]:
        warning(facts, "partial", "It covers only some of the files: " + ", ".join(sorted(names)[:10]))


def _timestamp(job, layer, container, name, proofs):
    facts = blank(layer.prefix + name, "ASiC-timestamp")
    data, names, why = container.signed_by(name)
    token = timestamp.load_token(container.files[name])
    at = min(proofs, default=job.trust.moment)
    covered = envelopes.digest_of(data) if data is not None else None
    envelopes.judge(facts, timestamp.verify_token(token, covered, job.trust, Evidence(), at, "external"))
    if why:
        facts["integrity"], facts["proved_time"] = False, None
        problem(facts, NOT_VALID, "altered", why)
    _cover(facts, container, names)
    return settle(facts)


def _cms(job, layer, container, name, proofs):
    data, names, why = container.signed_by(name)
    _kind, raw = sniff.kind(container.files[name])
    signed = cms_reader.load(raw)
    found, _raw = cades.verify_signed_data(signed, data, job.trust, proofs, f"{layer.prefix}{name} ", "ASiC-CAdES")
    for facts in found:
        if cms_reader.content(signed) not in (None, data):
            problem(facts, NOT_VALID, "altered", "the signature is of something else")
        if why and data is None:
            problem(facts, UNDETERMINED, "detached", why)
        elif why:
            facts["integrity"] = False
            problem(facts, NOT_VALID, "altered", why)
        _cover(facts, container, names)
        settle(facts)
    return found


def _xml(job, layer, container, name, proofs):
    root = xml_canonical.parse(container.files[name])
    inner = type(layer)(container.files[name], proofs, f"{layer.prefix}{name} ", layer.depth + 1)
    found = xades.verify_tree(root, job, inner, external=container.files.get)
    for facts in found:
        if facts["format"] == "XAdES-countersignature":
            continue
        facts["format"] = "ASiC-" + facts["format"]
        names = set(facts.get("external") or ())
        _cover(facts, container, names)
        settle(facts)
    return found
