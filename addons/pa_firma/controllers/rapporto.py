from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import content_disposition, request


class RapportoController(http.Controller):
    """The report of a verification, made when it is asked for: nothing is stored."""

    @http.route("/firma/rapporto/<int:wizard_id>/<string:kind>", type="http", auth="user", readonly=True)
    def report(self, wizard_id, kind):
        """Report of the current user's verification: `pdf` or `xml`, or `sealed` once it was sealed."""
        wizard = request.env["pa.firma.verdetto"].browse(wizard_id).exists()
        if not wizard or kind not in ("pdf", "xml", "sealed"):
            raise NotFound()
        try:
            data, mimetype, name = wizard._report_file(kind)
        except AccessError:
            raise NotFound() from None
        headers = [("Content-Type", mimetype), ("Content-Disposition", content_disposition(name)), ("Cache-Control", "no-store")]
        return request.make_response(data, headers)
