import threading
from concurrent.futures import ThreadPoolExecutor

from odoo import api, models

from ..tools import sandbox_pool
from ..tools.transaction import is_clean, renew

WORKERS = sandbox_pool.LIMIT + 2  # more than the cores: for most of its time each waits for its timestamp


class PaFirmaLotto(models.AbstractModel):
    """Several documents at once: while one waits for its timestamp or for its verification, which has a process of its own,
    another is prepared."""

    _inherit = "pa.firma.lotto"

    @api.model
    def _each(self, work, items, atto_ids, at_once=True):
        """What `work(lotto, item)` returns, in the order of the items.

        One after the other where this transaction has written already, where the key allows no more (`at_once`), and where two
        are of the same act, which moves one step at a time.
        """
        if not at_once or len(items) < 2 or len(set(atto_ids)) < len(items) or not is_clean(self.env):
            return [work(self, item) for item in items]
        renew(self.env)  # no transaction stays open meanwhile
        with ThreadPoolExecutor(min(WORKERS, len(items))) as threads:
            outcomes = list(threads.map(lambda item: self._on_its_own(work, item), items))
        renew(self.env)
        return outcomes

    @api.model
    def _on_its_own(self, work, item):
        """`work` with a connection of this thread."""
        threading.current_thread().dbname = self.env.registry.db_name
        with self.env.registry.cursor() as cr:
            return work(self.with_env(self.env(cr=cr)), item)
