"""The report as a page that a person can read and keep: HTML, or PDF/A made from it."""

from html import escape

from . import words

_TITLES = {
    "it": {"title": "Rapporto di verifica", "file": "Documento", "sha": "Impronta SHA-256", "when": "Verificato alla data",
           "signed": "Firme", "notes": "Note", "reasons": "Motivi", "original": "Documento firmato",
           "stamp": "Marca temporale a parte", "nothing": "non prova nulla"},
    "en": {"title": "Verification report", "file": "Document", "sha": "SHA-256", "when": "Verified as of",
           "signed": "Signatures", "notes": "Notes", "reasons": "Reasons", "original": "Signed document",
           "stamp": "Detached timestamp", "nothing": "it proves nothing"},
}  # fmt: skip
_STYLE = """
body{font-family:sans-serif;max-width:50em;margin:2em auto;padding:0 1em;color:#222;line-height:1.4}
h1{font-size:1.4em}h2{font-size:1.1em;margin-top:1.5em}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25em .5em;border-bottom:1px solid #ddd}th{width:14em;font-weight:normal;color:#555}
td{overflow-wrap:anywhere}.verdict{display:inline-block;padding:.2em .6em;border:2px solid;font-weight:bold}
.valid{color:#14632b}.not_valid{color:#a11}.undetermined{color:#7a5200}
"""

_COLOURS = {"valid": "success", "not_valid": "danger", "undetermined": "warning", "unsigned": "secondary"}


def build(report, lang="it"):
    """Bytes of the page; it loads nothing from elsewhere."""
    titles = _TITLES[lang]
    parts = [
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{titles["title"]}</title>',
        f"<style>{_STYLE}</style></head><body><h1>{titles['title']}</h1>",
        _verdict(words.outcome(report), lang),
        f"<p>{words.SUMMARIES[lang][words.outcome(report)]}</p>",
        _table(_head(report, lang)),
        _items(titles["reasons"], report["reasons"], lang),
        _items(titles["notes"], report["warnings"], lang),
    ]
    for facts in report["signatures"]:
        parts.append(f"<h2>{escape(words.title(facts, lang))}</h2>")
        parts.append(_table(words.rows(facts, lang)))
        parts.append(_items(titles["notes"], facts["warnings"], lang))
    parts.append("</body></html>")
    return "\n".join(parts).encode("utf-8", "backslashreplace")


def _head(report, lang):
    titles = _TITLES[lang]
    when = words.moment(report["validation_time"], lang)
    pairs = [("file", report.get("file")), ("original", report.get("original")), ("sha", report["sha256"]), ("when", when)]
    stamp = report.get("timestamp")  # the one that came beside the file
    if stamp and stamp["time"]:
        worth = "" if stamp["trusted"] else f" ({titles['nothing']})"
        pairs.append(("stamp", f"{words.moment(stamp['time'], lang)} {stamp['authority']}{worth}"))
    return [(titles[name], value) for name, value in pairs if value]


def panel(report, lang="it"):
    """The same, as a dictionary of plain texts for a page that has its own form."""
    return {
        "colour": _COLOURS[words.outcome(report)],
        "title": words.VERDICTS[lang][words.outcome(report)],
        "summary": words.SUMMARIES[lang][words.outcome(report)],
        "head": _head(report, lang),
        "reasons": [words.explain(item, lang) for item in report["reasons"]],
        "notes": [words.explain(item, lang) for item in report["warnings"]],
        "signatures": [
            {
                "title": words.title(facts, lang),
                "colour": _COLOURS[facts["verdict"]],
                "rows": [(label, str(value)) for label, value in words.rows(facts, lang)],
                "notes": [words.explain(item, lang) for item in [*facts.get("reasons", []), *facts["warnings"]]],
            }
            for facts in report["signatures"]
        ],
    }


def build_pdf(report, lang="it"):
    """The same page as PDF/A-2u."""
    import weasyprint

    def nothing(url, *_more, **_options):
        raise ValueError(f"nothing is loaded: {url}")

    html = weasyprint.HTML(string=build(report, lang).decode(), url_fetcher=nothing)
    return html.write_pdf(pdf_variant="pdf/a-2u")


def _verdict(verdict, lang):
    return f'<p class="verdict {verdict}">{words.VERDICTS[lang][verdict]}</p>'


def _table(pairs):
    rows = "".join(f"<tr><th>{escape(str(label))}</th><td>{escape(str(value))}</td></tr>" for label, value in pairs)
    return f"<table>{rows}</table>"


def _items(title, items, lang):
    if not items:
        return ""
    lines = "".join(f"<li>{escape(words.explain(item, lang))}</li>" for item in items)
    return f"<p>{escape(title)}</p><ul>{lines}</ul>"
