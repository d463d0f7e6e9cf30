"""Write the addons' translation files anew: `.pot` from what the code and the data say now, `it.po` with the words it had.

    ./pa i18n

Run with `env` in a database that has all the addons. What has no Italian yet is listed, and status 1 says so.
"""

import os
import sys
from io import BytesIO
from pathlib import Path

import polib

from odoo.tools.translate import trans_export

FOLDER = Path(os.environ["PA_ROOT"]) / "addons"


def exported(env, addon):
    """The terms of an addon, as Odoo exports them."""
    buffer = BytesIO()
    trans_export(False, [addon], buffer, "po", env)
    return polib.pofile(buffer.getvalue().decode())


def updated(terms, words):
    """The terms with the translations that they had; those that are no longer there are left out."""
    known = {entry.msgid: entry.msgstr for entry in words}
    for entry in terms:
        entry.msgstr = known.get(entry.msgid, "")
    terms.metadata, terms.header = words.metadata, words.header
    return terms


def refresh(env, addon):
    """Write both files of an addon; return what is not translated."""
    folder = FOLDER / addon / "i18n"
    terms = exported(env, addon)
    template, italian = folder / f"{addon}.pot", folder / "it.po"
    if template.exists():  # no change of dates alone
        terms.metadata = polib.pofile(str(template)).metadata
    terms.save(str(template))
    words = updated(terms, polib.pofile(str(italian)))
    words.save(str(italian))
    return [entry.msgid for entry in words if not entry.msgstr]


def main(env):
    """Refresh every addon of the project that is installed here."""
    installed = env["ir.module.module"].search([("state", "=", "installed")]).mapped("name")
    missing = {
        addon: words
        for addon in sorted(path.name for path in FOLDER.iterdir() if path.name in installed)
        if (words := refresh(env, addon))
    }
    for addon, words in missing.items():
        sys.stdout.write(f"{addon}: no Italian for\n" + "".join(f"  {text!r}\n" for text in words))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(env))
