import base64
import binascii
import csv
import io
import re

from psycopg2 import IntegrityError, OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import file_open

from ..models.importo import amount_sentence
from ..tools.money import AmountError, parse_amount
from ..tools.spreadsheet import MESSAGES, Number, SpreadsheetError, read_rows

REQUIRED = {
    "peg": ("capitolo", "articolo", "descrizione", "missione_programma", "pdc"),
    "residui": ("capitolo", "anno", "numero", "importo"),
    "pdc": ("codice_voce", "macro", "descrizione"),
    "cofog": ("code",),
}


ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class RowRefused(ValueError):
    """Why one row of an import is refused."""


class PaImporta(models.TransientModel):
    """Import of the PEG and of official lists, row by row, with a report of what was refused and why."""

    _name = "pa.importa"
    _description = "Import"

    kind = fields.Selection(
        [
            ("peg", "Budget and PEG"), ("residui", "Existing commitments"), ("pdc", "Financial chart of accounts"),
            ("cofog", "COFOG"),
        ],
        "What", required=True, default="peg",
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    file = fields.Binary("CSV or XLSX file", attachment=False)
    filename = fields.Char()
    state = fields.Selection([("choose", "Choose"), ("done", "Done")], default="choose")
    loaded = fields.Integer("Rows loaded", readonly=True)
    refused = fields.Integer("Rows refused", readonly=True)
    refused_file = fields.Binary("Refused rows", readonly=True, attachment=False, help="To be corrected and imported again.")
    refused_filename = fields.Char(compute="_compute_refused_filename")
    rifiuto_ids = fields.One2many("pa.importa.rifiuto", "importa_id", "Refused rows and remarks", readonly=True)

    def action_import(self):
        """Read the file and load what can be loaded."""
        self.ensure_one()
        self.check_access("write")
        try:
            data = base64.b64decode(self.with_context(bin_size=False).file or b"", validate=False)
            rows = read_rows(data, REQUIRED[self.kind])
        except SpreadsheetError as error:
            raise UserError(self._spreadsheet_message(error)) from error
        except binascii.Error as error:
            raise UserError(self.env._("The file could not be read.")) from error
        self._record_report(getattr(self, f"_import_{self.kind}")(rows, self.company_id), rows)
        return {
            "type": "ir.actions.act_window", "name": self.env._("Import"), "res_model": self._name, "res_id": self.id,
            "view_mode": "form", "target": "new",
        }

    def _record_report(self, report, rows):
        refused = [(row, reason) for row, reason, refused in report["messages"] if refused]
        self.write({
            "state": "done",
            "loaded": report["loaded"],
            "refused": len(refused),
            "refused_file": self._refused_csv(dict(rows), refused),
            "rifiuto_ids": [
                fields.Command.create({"row": row, "reason": reason, "refused": refused})
                for row, reason, refused in report["messages"]
            ],
        })

    @api.depends("kind")
    def _compute_refused_filename(self):
        for wizard in self:
            wizard.refused_filename = f"{wizard.kind}-rifiutate.csv"

    def _refused_csv(self, rows, refused):
        """The refused rows as they came, with the reason, as a file that can be imported again; False when there are none."""
        if not refused:
            return False
        output = io.StringIO()
        names = [*rows[refused[0][0]], "motivo"]
        writer = csv.DictWriter(output, names, delimiter=";", extrasaction="ignore")
        writer.writeheader()
        for number, reason in refused:
            writer.writerow({**rows[number], "motivo": reason})
        return base64.b64encode(output.getvalue().encode("utf-8-sig"))

    @api.model
    def _import_addon_file(self, kind, path):
        """Load a data file of an addon by the same door as people's files; used by demo data.

        :raises UserError: a row is refused
        """
        with file_open(path, "rb") as stream:
            rows = read_rows(stream.read(), REQUIRED[kind])
        # Data files are loaded without a language; what goes in the ledger is read by people.
        wizard = self.with_context(lang=self.env.user.lang)
        messages = getattr(wizard, f"_import_{kind}")(rows, self.env.company)["messages"]
        refused = [f"{path}:{row}: {reason}" for row, reason, refused in messages if refused]
        if refused:
            raise UserError("\n".join(refused))

    def _spreadsheet_message(self, error):
        key, *values = error.args
        texts = {
            "empty": self.env._("The file is empty."),
            "size": self.env._("The file is larger than %s MB.", *values),
            "rows": self.env._("The file has more than %s rows.", *values),
            "columns": self.env._("The file has more than %s columns.", *values),
            "encoding": self.env._("The file is neither UTF-8 nor Windows-1252 text."),
            "csv": self.env._("The CSV file is malformed near row %s.", *values),
            "xlsx": self.env._("The file is not a readable XLSX workbook."),
            "old_xls": self.env._("Old Excel files (.xls) are not read: save it as .xlsx or .csv."),
            "header": self.env._("The first row must hold the column names; missing: %s.", *values),
            "duplicate": self.env._("The column %s appears twice.", *values),
        }
        return texts.get(key) or MESSAGES[key] % tuple(values)

    @api.model
    def _with_separators(self, rows, *prefixes):
        """This wizard knowing how the file writes decimals: a comma in one of its amounts says it for all."""
        comma = any("," in value for _number, row in rows for name, value in row.items() if name.startswith(prefixes))
        return self.with_context(pa_decimal_comma=comma)

    def _memo(self, model, domain, limit=None):
        """Records found by ``domain``, looked up once for each file. Misses are not kept: a row may make what is missing."""
        memo, key = self.env.context.get("pa_memo", {}), (model, str(domain))
        found = memo.get(key) or self.env[model].search(domain, limit=limit)
        if found:
            memo[key] = found
        return found

    @api.model
    def _each_row(self, rows, load):
        """Run ``load(row)`` on each row in its own savepoint.

        :return: dict ``loaded`` (int) and ``messages``: (row number, text, refused). A lost race is no bad data: it is raised.
        """
        loaded, messages = 0, []
        for number, row in rows:
            try:
                with self.env.cr.savepoint():
                    remark = load(row)
                    self.env.flush_all()
            except OperationalError:
                raise
            except (RowRefused, UserError, ValueError, IntegrityError) as error:
                self.env.context.get("pa_memo", {}).clear()  # it may hold what this row made
                messages.append((number, self._refusal(error), True))
            else:
                loaded += 1
                if remark:
                    messages.append((number, remark, False))
        return {"loaded": loaded, "messages": messages}

    def _refusal(self, error):
        """Why a row is refused; for a constraint of the database, in the words of its model."""
        if not isinstance(error, IntegrityError):
            return str(error.args[0] if error.args else error)
        table = error.diag.table_name
        model = next((name for name, model in self.env.registry.items() if model._table == table), self._name)
        return self.env[model]._sql_error_to_message(error)

    def _integer(self, row, name, default=""):
        text = row.get(name) or default
        if not text.isascii() or not text.isdecimal() or len(text) > 9:
            raise RowRefused(
                self.env._("%(column)s must be a whole number: %(value)s", column=name, value=text[:50] or "–")
            )
        return int(text)

    def _amount(self, row, name, optional=False):
        text = row.get(name)
        if optional and not text:
            return None
        try:
            comma = self.env.context.get("pa_decimal_comma") and not isinstance(text, Number)
            amount = parse_amount(text, comma=comma)
        except ValueError as error:
            key = error.args[0] if isinstance(error, AmountError) else "number"
            raise RowRefused(amount_sentence(self.env, name, AmountError(key, text or ""))) from None
        if amount < 0:
            raise RowRefused(self.env._("%(column)s is negative: %(value)s", column=name, value=text[:50]))
        return amount

    def _refuse_date(self, text):
        """Spreadsheets turn codes such as 10.05 into dates."""
        if ISO_DATE.fullmatch(text):
            raise RowRefused(
                self.env._("The spreadsheet turned a code into the date %s: format the column as text.", text)
            )


class PaImportaRifiuto(models.TransientModel):
    _name = "pa.importa.rifiuto"
    _description = "Refused row"
    _order = "refused desc, row"

    importa_id = fields.Many2one("pa.importa", required=True, ondelete="cascade")
    row = fields.Integer()
    refused = fields.Boolean()
    reason = fields.Text()
