{
    "name": "What ./pa bench compares with",
    "version": "19.0.1.0.0",
    "author": "PA Atti contributors, Odoo Community Association (OCA)",
    "website": "https://github.com/OCA/l10n-italy",
    "license": "AGPL-3",
    "depends": ["base_tier_validation"],
    "data": ["security/ir.model.access.csv"],
}
