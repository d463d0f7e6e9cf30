import base64
import binascii

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.spreadsheet import MESSAGES, SpreadsheetError, read_rows

REQUIRED = {
    "peg": ("capitolo", "articolo", "descrizione", "missione_programma", "pdc", "anno", "stanziamento"),
    "pdc": ("codice_voce", "macro", "descrizione"),
    "cofog": ("code",),
}


class RowRefused(ValueError):
    """Why one row of an import is refused."""


class PaImporta(models.TransientModel):
    """Import of the PEG and of official lists, row by row, with a report of what was refused and why."""

    _name = "pa.importa"
    _description = "Import"

    kind = fields.Selection(
        [("peg", "Budget and PEG"), ("pdc", "Financial chart of accounts"), ("cofog", "COFOG")], required=True, default="peg"
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    file = fields.Binary("CSV or XLSX file", attachment=False)
    filename = fields.Char()
    state = fields.Selection([("choose", "Choose"), ("done", "Done")], default="choose")
    loaded = fields.Integer("Rows loaded", readonly=True)
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
        report = getattr(self, f"_import_{self.kind}")(rows, self.company_id)
        self.write({
            "state": "done",
            "loaded": report["loaded"],
            "rifiuto_ids": [
                fields.Command.create({"row": row, "reason": reason, "refused": refused})
                for row, reason, refused in report["messages"]
            ],
        })
        return {
            "type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form", "target": "new",
        }

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
            except (RowRefused, UserError, ValueError) as error:
                messages.append((number, str(error.args[0] if error.args else error), True))
            except Exception as error:  # a constraint of the database: the row is refused, the others go on
                if getattr(error, "pgcode", None) is None:
                    raise
                messages.append((number, self.env._("The database refuses it: %s", error.diag.message_primary), True))
            else:
                loaded += 1
                if remark:
                    messages.append((number, remark, False))
        return {"loaded": loaded, "messages": messages}


class PaImportaRifiuto(models.TransientModel):
    _name = "pa.importa.rifiuto"
    _description = "Refused row"
    _order = "refused desc, row"

    importa_id = fields.Many2one("pa.importa", required=True, ondelete="cascade")
    row = fields.Integer()
    refused = fields.Boolean()
    reason = fields.Text()
