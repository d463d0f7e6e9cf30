from odoo import fields
from odoo.addons.pa_atti.tests.common import AttiCommon

CIG = "BA9F67DF48"  # a real one, with right check digits
CUP = "J29D24000270001"


class ContabilitaCommon(AttiCommon):
    """One chapter of the Settore Tecnico with 100.00 this year, one of Affari generali, one of partite di giro."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.year = fields.Date.today().year
        cls.finanziario.group_ids += cls.env.ref("pa_contabilita.group_ragioneria")
        cls.pdc = cls._pdc("1.03.02.99.999")
        cls.capitolo = cls._capitolo(1000, "1.03.02.99.999", "01.06", cls.tecnico)
        cls.altrui = cls._capitolo(2000, "1.03.02.99.999", "01.02", cls.affari)
        cls.giro = cls._capitolo(9000, "7.01.01.99.999", "99.01", cls.tecnico)
        cls.opera = cls._capitolo(3000, "2.02.01.09.018", "01.05", cls.tecnico)
        cls.stanziamento = cls._stanzia(cls.capitolo, 100)
        cls.s_altrui = cls._stanzia(cls.altrui, 100)
        cls.s_giro = cls._stanzia(cls.giro, 0)
        cls.s_opera = cls._stanzia(cls.opera, 1000)
        cls.fornitore = cls.env["res.partner"].create({"name": "Impresa Edile Alfa"})

    @classmethod
    def _pdc(cls, code):
        pdc = cls.env["pa.pdc"].search([("side", "=", "expense"), ("code", "=", code)])
        return pdc or cls.env["pa.pdc"].create(
            {"side": "expense", "code": code, "name": code, **cls.env["pa.pdc"]._classify("expense", code)}
        )

    @classmethod
    def _capitolo(cls, number, pdc, programma, office, **vals):
        pdc = cls._pdc(pdc)
        return cls.env["pa.capitolo"].create({
            "number": number, "name": f"Capitolo {number}", "pdc_id": pdc.id, "titolo_id": pdc.titolo_id.id,
            "programma_id": cls.env["pa.programma"].search([("code", "=", programma)]).id, "department_id": office.id, **vals,
        })

    @classmethod
    def _stanzia(cls, capitolo, amount, year=None):
        stanziamento = cls.env["pa.stanziamento"]._get(capitolo, year or cls.year)
        stanziamento._move({"assestato": amount}, "Bilancio iniziale")
        return stanziamento

    def _riga(self, amount=80, kind="impegno", **vals):
        values = {
            "kind": kind, "amount": amount, "partner_id": self.fornitore.id, "cig": CIG, "date_due": f"{self.year}-12-31",
        }
        if kind in ("impegno", "prenotazione"):
            values |= {"capitolo_id": self.capitolo.id, "year": self.year}
        return fields.Command.create({**values, **vals})

    def _determina(self, *righe, tipo="tipo_determina_impegno", user=None):
        return self._draft(tipo, user=user, riga_ids=list(righe))

    def _to_visto(self, atto):
        atto.action_start()
        self._complete(atto, self.responsabile)
        return atto

    def _esecutiva(self, *righe, **kwargs):
        """A determina taken through its visto by the same methods as the buttons."""
        atto = self._to_visto(self._determina(*righe, **kwargs))
        self._complete(atto, self.finanziario)
        return atto

    def assertCounters(self, record, **expected):
        record.invalidate_recordset()
        self.assertEqual({name: record[name] for name in expected}, expected)

    def assertQuadra(self):
        self.assertEqual(self.env["pa.quadratura"]._quadratura(), [])
