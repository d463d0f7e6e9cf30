"""ASiC containers (ETSI EN 319 162-1): files with the signatures or timestamps that cover them."""

import codecs
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
_NAMESPACES = (ASIC, "http://uri.etsi.org/2918/v1.1.1#", "http://uri.etsi.org/02918/v1.1.1#")  # of TS 102 918 v1.1.1
_SIGNATURES = re.compile(r"META-INF/([^/]*signatures?[^/]*\.xml|[^/]+\.(p7s|p7m))", re.IGNORECASE)
_CMS = re.compile(r"META-INF/[^/]+\.(p7s|p7m)", re.IGNORECASE)
_TIMESTAMPS = re.compile(r"META-INF/[^/]+\.(tst|tsr)", re.IGNORECASE)
_MANIFESTS = re.compile(r"META-INF/[^/]*ASiC[^/]*Manifest[^/]*\.xml", re.IGNORECASE)
_OTHERS = re.compile(r"META-INF/(manifest\.(xml|mf)|container\.xml|metadata\.xml|[^/]*evidencerecord[^/]*)", re.IGNORECASE)
_KNOWN = (_SIGNATURES, _TIMESTAMPS, _MANIFESTS, _OTHERS)
_MEDIA_TYPE = re.compile(rb"[\w.+-]{1,60}/[\w.+-]{1,100}\s{0,2}")
_OTHER_SIGNATURES = re.compile(r"(_xmlsignatures/[^/]+\.xml|META-INF/[^/]+\.(RSA|DSA|EC))", re.IGNORECASE)


class Container:
    """The files of a container, and what covers each."""

    def __init__(self, files):
        self.files = files
        self.documents = {name: data for name, data in files.items() if not _is_part(name)}
        self.covered = set()
        self.proofs = {}  # times that timestamps prove, for each file
        self.manifests = {}
        for name, data in files.items():
            if _MANIFESTS.fullmatch(name):
                manifest = Manifest(name, data, list(filter(_CMS.fullmatch, files)))
                self.manifests[manifest.signature] = manifest

    def signed_by(self, name):
        """(bytes that a CMS or a timestamp covers, names of the documents that it covers, why not)."""
        manifest = self.manifests.get(name)
        if manifest is not None:
            return manifest.data, set(manifest.digests), manifest.check(self.files)
        # what is in META-INF and is no part of a container is an intruder: it does not hide what was signed
        outside = [item for item in self.documents if not item.startswith("META-INF/")] or list(self.documents)
        if len(outside) == 1:
            return self.documents[outside[0]], {outside[0]}, ""
        return None, set(), "no manifest says what it covers"


def _is_part(name):
    """Whether a file is a part of the container, and not a document in it; whatever else is in META-INF must be signed."""
    return name == "mimetype" or any(known.fullmatch(name) for known in _KNOWN)


def _place(uri):
    """The name, among the files of the container, that a reference tells; one that leads outside is nobody's name."""
    name = unquote(uri or "")
    while name.startswith("./"):
        name = name[2:]
    return name


class Manifest:
    """ASiCManifest: the digests of the files that one signature covers.

    :param signatures: names of the CMS signatures of the container: the first edition of the standard does not say which
    """

    def __init__(self, name, data, signatures=()):
        self.name, self.data = name, data
        root = xml_canonical.parse(data)
        found = re.match(r"\{(.*)\}", root.tag)
        space = found.group(1) if found and found.group(1) in _NAMESPACES else ASIC
        self.signature = self._signature(root, space, signatures)
        self.digests = {}
        for item in root.findall(xml_canonical.tag("DataObjectReference", space)):
            used = xmldsig.digest_name(xml_canonical.only(item, "DigestMethod"))
            value = xml_canonical.decode(xml_canonical.only(item, "DigestValue").text)
            self.digests.setdefault(_place(item.get("URI")), []).append((used, value))

    @staticmethod
    def _signature(root, space, signatures):
        """The name of the signature; written without its folder by some programs."""
        if root.find(xml_canonical.tag("SigReference", space)) is None:
            if len(signatures) != 1:
                raise FirmaError("unsupported", "The container does not say which signature covers which files.")
            return signatures[0]
        name = _place(xml_canonical.only(root, "SigReference", space).get("URI"))
        return name if "/" in name else "META-INF/" + name

    def check(self, files):
        """Why the files are not those of the manifest; empty when they are."""
        for name, digests in self.digests.items():
            if name not in files:
                return f"the file {name} is missing"
            if any(algorithms.digest(used, files[name]) != value for used, value in digests):
                return f"the file {name} was altered after this signature"
        return "" if self.digests else "the manifest covers nothing"


def open_container(job, layer):
    """Verify every signature and timestamp of a container, and that they cover every document in it."""
    container = Container(safe_zip.read(layer.data, job.max_bytes * 2))
    if not _MEDIA_TYPE.fullmatch(container.files.get("mimetype", b"a/b").removeprefix(codecs.BOM_UTF8)):
        raise FirmaError("unsafe_archive", "The file that says the type of the container holds something else.")
    found = _timestamps(job, layer, container)
    names = sorted(filter(_SIGNATURES.fullmatch, container.files))
    for name in names:
        verify = _xml if name.lower().endswith(".xml") else _cms
        found += verify(job, layer, container, name, [*layer.proofs, *container.proofs.get(name, ())])
    if not found:
        _refuse_unsigned(container)
    job.add(found)
    _judge_documents(job, container)
    if len(container.documents) == 1 and set(container.documents) <= container.covered:
        _open_only(job, layer, container)


def _refuse_unsigned(container):
    """Files signed one by one, signatures by other names or in other forms, are not a container without signatures."""
    if any(map(_OTHER_SIGNATURES.fullmatch, container.files)):
        raise FirmaError("unsupported", "Signed as an Office document or a Java archive, which cannot be verified here.")
    signed = [name for name, data in container.files.items() if name.lower().endswith((".p7m", ".p7s", ".tsd", ".m7m")) or b"/ByteRange" in data]
    if signed or any(name.startswith("META-INF/") for name in container.documents):
        detail = "The container itself is not signed in a known way: take its files out and verify each of them"
        raise FirmaError("unsupported", detail + (": " + ", ".join(sorted(signed)[:10]) if signed else "."))
    raise FirmaError("unsigned", "The container holds no signature.")


def _judge_documents(job, container):
    missing = sorted(set(container.documents) - container.covered)
    if missing:
        detail = "The container holds files that no signature covers: " + ", ".join(missing[:10])
        reason(job.report, NOT_VALID, "unsigned_file", detail)
    if not container.documents:
        reason(job.report, NOT_VALID, "empty", "The container holds no document.")
    for name in container.covered & set(container.documents):
        job.match(container.documents[name])


def _open_only(job, layer, container):
    """ASiC-S: what is signed may be a signed document in its turn."""
    name, data = next(iter(container.documents.items()))
    proofs = [*layer.proofs, *container.proofs.get(name, ())]
    if sniff.inner_kind(data) in ("pdf", "cms", "tsd", "xml"):
        job.open_content(data, layer, proofs)


def _cover(facts, container, names):
    container.covered |= names
    facts["covers_whole_file"] = set(container.documents) <= names
    facts["later_changes"] = "none"
    if not facts["covers_whole_file"]:
        warning(facts, "partial", "It covers only some of the files: " + ", ".join(sorted(names)[:10]))


def _timestamps(job, layer, container):
    """The last first: each proves a time for the files that it covers, other timestamps and signatures among them."""
    tokens = {name: timestamp.load_token(data) for name, data in container.files.items() if _TIMESTAMPS.fullmatch(name)}
    order = sorted(tokens, key=lambda name: timestamp.tst_info(tokens[name])["gen_time"].native, reverse=True)
    found = {name: _timestamp(job, layer, container, name, tokens[name]) for name in order}
    return [found[name] for name in sorted(found)]


def _timestamp(job, layer, container, name, token):
    facts = blank(layer.prefix + name, "ASiC-timestamp")
    data, names, why = container.signed_by(name)
    at = min([*layer.proofs, *container.proofs.get(name, ())], default=job.trust.moment)
    covered = envelopes.digest_of(data) if data is not None else None
    envelopes.judge(facts, timestamp.verify_token(token, covered, job.trust, Evidence(), at, "external"))
    if why:
        facts["integrity"], facts["proved_time"] = False, None
        problem(facts, NOT_VALID, "altered", why)
    _cover(facts, container, names)
    if facts["proved_time"]:
        for item in names:
            container.proofs.setdefault(item, []).append(dt.datetime.fromisoformat(facts["proved_time"]))
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
    found = xades.verify_tree(root, job, inner, external=lambda uri: container.files.get(_place(uri)))
    for facts in found:
        if facts["format"] == "XAdES-countersignature":
            continue
        facts["format"] = "ASiC-" + facts["format"]
        names = set(map(_place, facts.get("external") or ()))
        _cover(facts, container, names)
        settle(facts)
    return found
