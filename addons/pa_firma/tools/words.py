"""A report in words, Italian or English, for a terminal."""

import datetime as dt
import locale
import os
import re
import zoneinfo

from . import words_details
from .identity import shown

VERDICTS = {
    "it": {"valid": "VALIDA", "not_valid": "NON VALIDA", "undetermined": "NON DETERMINABILE",
           "unsigned": "NESSUNA FIRMA"},
    "en": {"valid": "VALID", "not_valid": "NOT VALID", "undetermined": "CANNOT BE DETERMINED",
           "unsigned": "NO SIGNATURE"},
}
SUMMARIES = {
    "it": {
        "valid": "Il documento è integro e ogni firma viene da un certificato fidato, valido nel momento che conta.",
        "not_valid": "Su questo documento non si può fare affidamento: i motivi sono qui sotto.",
        "undetermined": "Mancano elementi per dire se la firma vale: i motivi sono qui sotto. Non vuol dire che sia falsa.",
        "unsigned": "Il documento non è firmato, oppure la firma è in un altro file.",
    },
    "en": {
        "valid": "The document is whole and every signature comes from a trusted certificate, valid at the time that counts.",
        "not_valid": "This document cannot be relied upon: the reasons are below.",
        "undetermined": "Something is missing to say what the signature is worth: the reasons are below. It need not be false.",
        "unsigned": "The document is not signed, or its signature is in another file.",
    },
}
_LABELS = {
    "it": {
        "file": "Documento", "signature": "Firma", "signer": "Firmatario", "codice_fiscale": "Codice fiscale",
        "organization": "Organizzazione", "issuer": "Certificato emesso da", "signing_time": "Ora dichiarata",
        "timestamp": "Marca temporale", "proved_time": "Ora provata", "integrity": "Integrità",
        "covers_whole_file": "Copre tutto il documento", "later_changes": "Modifiche successive",
        "certificate_valid": "Certificato valido", "key_usage_ok": "Certificato di firma", "qualified": "Qualificata",
        "revocation": "Revoca", "note": "Nota", "reason": "Motivo", "yes": "sì", "no": "no", "unknown": "non determinabile",
        "timestamp_qualified": "Marca qualificata", "signature_policy": "Politica di firma", "since": "dal", "until": "al",
        "authority": "Autorità", "inside": "nella busta", "seal": "Sigillo elettronico", "body": "Ente", "body_code": "Codice dell'ente",
        "only_declared": "no: l'ora è solo dichiarata da chi ha firmato",
    },
    "en": {
        "file": "Document", "signature": "Signature", "signer": "Signer", "codice_fiscale": "Codice fiscale",
        "organization": "Organisation", "issuer": "Certificate issued by", "signing_time": "Declared time",
        "timestamp": "Timestamp", "proved_time": "Proved time", "integrity": "Integrity",
        "covers_whole_file": "Covers the whole document", "later_changes": "Later changes",
        "certificate_valid": "Certificate valid", "key_usage_ok": "Meant for signing", "qualified": "Qualified",
        "revocation": "Revocation", "note": "Note", "reason": "Reason", "yes": "yes", "no": "no", "unknown": "not determined",
        "timestamp_qualified": "Qualified timestamp", "signature_policy": "Signature policy", "since": "since", "until": "until",
        "authority": "Authority", "inside": "in the envelope", "seal": "Electronic seal", "body": "Body", "body_code": "Code of the body",
        "only_declared": "no: the time is only declared by who signed",
    },
}  # fmt: skip
_VALUES_IT = {
    "implied": "sottintesa",
    "none": "nessuna", "unknown": "non determinabili", "signatures": "altre firme", "validation_data": "dati di validazione",
    "form_filling": "campi compilati, come la certificazione permette", "forbidden": "non ammesse", "not_covered": "parti non coperte", "good": "non revocato", "revoked": "revocato",
    "revoked_later": "revocato in seguito", "stale": "informazioni troppo vecchie", "not_checked": "non verificata",
}  # fmt: skip
REASONS_IT = {
    "active_content": "il documento contiene elementi attivi che possono cambiare ciò che si vede",
    "altered": "il documento è stato alterato dopo la firma",
    "ambiguous": "la firma non ha attributi firmati ed è ambigua",
    "certificate_mismatch": "il certificato non è quello dichiarato da chi ha firmato",
    "certified": "il documento è certificato dall'autore",
    "clock": "la risposta viene dal futuro: l'orologio del server è giusto?",
    "nonce": "la risposta è a un'altra domanda",
    "not_believed": "la risposta non viene dall'autorità, o riguarda altro",
    "refused": "l'autorità non risponde",
    "stale": "la risposta è troppo vecchia",
    "changed": "il documento è stato modificato dopo la firma",
    "cryptography": "la firma non proviene dalla chiave del certificato",
    "detached": "il documento firmato non è nel file: va indicato (--original)",
    "empty": "il file è vuoto",
    "encrypted": "il file è cifrato",
    "expired": "il certificato non era valido in quel momento (scaduto o non ancora valido)",
    "form_filled": "dopo questa firma sono stati compilati dei campi, come la certificazione permette",
    "hidden": "il file contiene una firma che nessun campo mostra",
    "irregular": "il PDF non è scritto come vuole la norma: un altro programma potrebbe leggervi altro",
    "isolation": "la verifica è stata interrotta",
    "key_usage": "il certificato non è di firma (manca il non ripudio)",
    "limits": "il file richiede troppo tempo o troppa memoria per essere verificato",
    "malformed": "il file o la firma non si possono leggere",
    "names_around": "il nome dell'elemento intorno a ciò che è firmato non è firmato",
    "nested": "troppe buste una dentro l'altra",
    "no_attributes": "la firma non ha attributi firmati",
    "no_certificate": "il certificato di chi ha firmato non è nel file",
    "not_baseline": "il certificato non è tra i dati firmati: non è una firma CAdES/PAdES",
    "not_covered": "il file contiene parti che la firma non copre",
    "not_pdf": "il file non è un PDF",
    "not_qualified": "il certificato non risulta qualificato",
    "other_document": "ciò che è stato firmato non è il documento dato",
    "partial": "la firma copre solo una parte dei file",
    "qualified_unknown": "non si può dire se il certificato sia qualificato",
    "qualified_declared": "il certificato si dichiara qualificato; nessun elenco di fiducia lo conferma",
    "revocation": "la revoca non è stata verificata",
    "revoked": "il certificato è revocato o sospeso",
    "revoked_later": "il certificato è stato revocato in seguito",
    "text_around": "sopra il blocco firmato c'è del testo che nessuno ha firmato: è stato verificato solo ciò che è nel blocco",
    "timestamp": "la marca temporale non è fidata o non corrisponde",
    "too_large": "il file è troppo grande",
    "trailing": "altri dati seguono la firma",
    "truncated": "il file è troncato",
    "trust": "un certificato di fiducia non si può leggere",
    "list_altered": "l'elenco di fiducia è stato alterato",
    "list_pivot": "le edizioni precedenti della lista europea degli elenchi non portano a chi l'ha firmata",
    "list_signer": "l'elenco di fiducia è firmato da chi non può firmarlo",
    "list_unsigned": "l'elenco di fiducia non è firmato",
    "trusted_list": "l'elenco di fiducia non è utilizzabile",
    "unknown_format": "il file non è un documento firmato in una forma conosciuta",
    "trusted_list_old": "l'elenco di fiducia non è aggiornato",
    "unsafe_archive": "il contenitore è pericoloso",
    "unsafe_xml": "il documento XML contiene dichiarazioni che si rifiutano",
    "unsigned": "il file non contiene firme",
    "unsigned_file": "il contenitore ha file che la firma non copre",
    "unsupported": "firmato in un formato che non si può verificare",
    "untrusted": "il certificato non risale a un'autorità fidata",
    "weak_algorithm": "algoritmo debole",
    "wrapping": "l'elemento firmato non è unico nel documento",
}

_DETAILED = {
    "active_content", "malformed", "nested", "no_certificate", "not_qualified", "other_document", "partial",
    "qualified_unknown", "revoked", "revoked_later",
    "timestamp", "too_large", "trailing", "trusted_list", "trusted_list_old", "unsafe_archive", "unsigned_file", "unsupported",
    "untrusted", "weak_algorithm",
}  # fmt: skip
TIMESTAMPS = ("RFC3161", "TSD", "M7M", "DocTimeStamp", "ASiC-timestamp")


def language(chosen=None):
    """`it` or `en`: what was chosen, else the system's."""
    if chosen:
        return chosen
    current = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "it" if (current or locale.getlocale()[0] or "").lower().startswith("it") else "en"


_WHY_PREFIXES = ("Not qualified: ", "It cannot be told whether it is qualified: ")


# how `trust` says since when, whose certificate it is and what nothing proves
_REVOKED = re.compile(r"the (certificate|authority .+) is (revoked|suspended) since (\S+?)(, and no proof .*)?")


def _revoked_it(found):
    whose, how, since, unproved = found.groups()
    name = whose.removeprefix("authority ")
    words = {"revoked": "revocato", "suspended": "sospeso"}[how] + f" dal {moment(since, 'it')}"
    owner = "" if whose == "certificate" else f"quello dell'autorità {name}: "
    return owner + words + (", e nulla prova che la firma sia anteriore" if unproved else "")


def _sentence_it(text):
    found = _REVOKED.fullmatch(text)
    return _revoked_it(found) if found else words_details.DETAILS_IT.get(text, text)


def _detail_it(detail):
    """Which signature and why, in Italian where the sentence is known; what a program wrote stays as it is."""
    for prefix in _WHY_PREFIXES:
        if detail.startswith(prefix):
            why, mark, more = detail.removeprefix(prefix).rstrip(".").partition(" (")
            return words_details.WHY_IT.get(why, why) + mark + more
    field, mark, text = detail.partition(": ")
    if not mark or " " in field.strip("/"):
        return words_details.DETAILS_IT.get(detail, detail)
    return ": ".join(filter(None, (field, _sentence_it(text))))


def explain(item, lang):
    """A reason or a warning in words; in Italian the English detail stays where it says which or why."""
    if lang == "it" and item["code"] in REASONS_IT:
        detail = _detail_it(item["detail"]) if item["code"] in _DETAILED else ""
        return REASONS_IT[item["code"]] + (f" [{detail}]" if detail else "")
    return item["detail"]


def _value(value, lang):
    labels = _LABELS[lang]
    if value is None:
        return labels["unknown"]
    if isinstance(value, bool):
        return labels["yes"] if value else labels["no"]
    return _VALUES_IT.get(value, value) if lang == "it" else str(value).replace("_", " ")


def moment(text, lang):
    """An ISO time as Italy reads it, on its own clocks."""
    try:
        value = dt.datetime.fromisoformat(text)
        local = value.astimezone(zoneinfo.ZoneInfo("Europe/Rome"))
    except (TypeError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return str(text)
    return local.strftime("%d/%m/%Y %H:%M:%S" if lang == "it" else "%Y-%m-%d %H:%M:%S") + f" ({local.tzname()})"


def rows(facts, lang):
    """(label, value) pairs of one signature, those that say something."""
    labels, stamp = _LABELS[lang], facts["timestamp"] or {}
    if facts["format"] in TIMESTAMPS:
        yield labels["authority"], facts["signer"]
        yield labels["timestamp"], moment(stamp.get("time"), lang)
        yield from _stamp_qualified(stamp, lang)
        for name in ("integrity", "covers_whole_file", "later_changes", "certificate_valid"):
            yield labels[name], _value(facts[name], lang)
        return
    seal = facts.get("seal")
    for name in ("signer", "codice_fiscale", "body_code", "organization", "issuer"):
        if facts.get(name) and not (name == "organization" and seal):
            yield labels["body" if seal and name == "signer" else name], facts[name]
    if facts["signing_time"]:
        yield labels["signing_time"], moment(facts["signing_time"], lang)
    if facts.get("signature_policy"):
        yield labels["signature_policy"], _value(facts["signature_policy"], lang)
    if stamp:
        yield labels["timestamp"], f"{moment(stamp['time'], lang)} {stamp['authority']}"
        yield from _stamp_qualified(stamp, lang)
    proved = moment(facts["proved_time"], lang) if facts["proved_time"] else labels["only_declared"]
    yield labels["proved_time"], proved
    judged = ("integrity", "covers_whole_file", "later_changes", "certificate_valid", "key_usage_ok", "qualified", "revocation")
    for name in judged:
        value = _value(facts[name], lang)
        yield labels[name], _by_whom(value, facts, lang) if name == "qualified" else value


def _stamp_qualified(stamp, lang):
    """Whether a timestamp is a qualified one, where a trusted list can tell."""
    if stamp.get("qualified") is not None:
        yield _LABELS[lang]["timestamp_qualified"], _by_whom(_value(stamp["qualified"], lang), stamp, lang)


def _by_whom(value, facts, lang):
    """By which list and provider, which service, in which stretch of its life."""
    if not facts.get("qualified_by"):
        return value
    labels, period = _LABELS[lang], facts.get("qualified_period")
    parts = [facts["qualified_by"]]
    if period:
        dates = [f"{labels['since']} {_day(period['since'], lang)}"]
        dates += [f"{labels['until']} {_day(period['until'], lang)}"] if period["until"] else []
        parts.append(f"{facts.get('qualified_service') or '?'}: {period['status']}, {' '.join(dates)}")
    return f"{value} ({'; '.join(parts)})"


def _day(text, lang):
    return moment(text, lang).partition(" ")[0]


def title(facts, lang):
    """Name, form and verdict of one signature."""
    labels = _LABELS[lang]
    depth = len(facts["field"]) - len(facts["field"].lstrip("/"))
    place = f", {labels['inside']}" if depth else ""
    kind = labels["timestamp" if facts["format"] in TIMESTAMPS else "seal" if facts.get("seal") else "signature"]
    form = " ".join(filter(None, (facts["format"], facts["level"])))
    name = facts["field"].lstrip("/").removeprefix("timestamp").strip()
    return f"{' '.join(filter(None, (kind, name)))} ({form}{place}): {VERDICTS[lang][facts['verdict']].lower()}"


def outcome(report):
    """The verdict for a person: a file that simply is not signed (the verifier is sure of it) is told apart."""
    unsigned = not report["signatures"] and {item["code"] for item in report["reasons"]} == {"unsigned"}
    return "unsigned" if unsigned else report["verdict"]


def render(report, lang):
    """The whole report as text."""
    labels = _LABELS[lang]
    lines = [VERDICTS[lang][outcome(report)] + (f"  {report['file']}" if report.get("file") else "")]
    lines += [f"- {explain(item, lang)}" for item in report["reasons"]]
    lines += [f"  {labels['note']}: {explain(item, lang)}" for item in report["warnings"]]
    for facts in report["signatures"]:
        lines.append(title(facts, lang))
        lines += [f"  {label}: {value}" for label, value in rows(facts, lang)]
        lines += [f"  {labels['note']}: {explain(item, lang)}" for item in facts["warnings"]]
    return "\n".join(shown(line) for line in lines)
