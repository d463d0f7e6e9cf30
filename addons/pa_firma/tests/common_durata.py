import datetime as dt
from types import SimpleNamespace

from odoo.addons.pa_atti.tools.seal import sealed_write

from ..tools.pki import LoopbackTsa, _key, _name
from .common import FirmaCommon


class DurataCommon(FirmaCommon):
    """Signatures that are kept over time: what the authorities say is given by the test, the timestamps are real."""

    asking = False  # whether the authorities themselves are asked

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.pa_firma_level = "B-LTA"
        cls.statements = {"crls": [cls._crl()]}
        cls.asked = []
        if not cls.asking:
            cls.classPatch(type(cls.env["pa.firma.durata"]), "_evidence", cls._answer)
        cls.durate = cls.env["pa.firma.durata"]

    @classmethod
    def _answer(cls, certs, issuers):
        cls.asked.append(list(certs))
        return {"certs": [], "ocsps": [], "crls": [], **cls.statements}

    @classmethod
    def _crl(cls, revoked=()):
        """The authority's list as of now."""
        cls.pki._now = dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=1)
        return cls.pki.crl(revoked)

    @classmethod
    def _authority(cls, days):
        """Another timestamp authority of the same root, whose certificate lasts so many days from yesterday."""
        key = _key("rsa")
        start = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=1)
        name = _name(f"Marche di {days} giorni", organization="Demo PKI")
        cert = cls.pki._build(name, key.public_key(), days=days, start=start, tsa=True)
        tsa = LoopbackTsa(SimpleNamespace(tsa=cert, tsa_key=key))
        cls.addClassCleanup(tsa.close)
        return tsa

    @classmethod
    def _use(cls, tsa):
        cls.env["ir.config_parameter"].set_param("pa_firma.tsa_url", tsa.url if tsa else "http://127.0.0.1:9/")

    def _signed_act(self, **vals):
        """An act whose page is signed, and what keeps that document."""
        atto = self._at_signature(**vals)
        self._sign(atto, self.responsabile)
        return atto, self._durata(atto)

    def _durata(self, atto):
        return self.durate.search([("atto_id", "=", atto.id)], order="id", limit=1)

    def _run(self, *durate):
        """The cron, with what failed before due again."""
        for durata in durate:
            sealed_write(durata, {"next_try": False})
        self.durate._cron_keep()
        self.env.invalidate_all()
