"""Pure signing and verification: nothing here imports Odoo, so that it runs (and is fuzzed) in its own process."""
