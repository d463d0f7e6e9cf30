"""Placeholders of templates and clauses: ``{oggetto}``, nothing that runs code."""

import re

from markupsafe import Markup, escape

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def fill(text: str, values: dict) -> Markup:
    """``text`` (HTML) with its known placeholders replaced by escaped values; unknown ones stay visible."""

    def replace(match):
        name = match.group(1)
        return str(escape(values[name] or "")) if name in values else match.group(0)

    return Markup(_PLACEHOLDER.sub(replace, str(text or "")))


def unresolved(text: str) -> list[str]:
    """Names still between braces, in order of appearance."""
    return _PLACEHOLDER.findall(str(text or ""))
