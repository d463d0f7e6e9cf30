"""Is everything whole? Prints as JSON the problems of registers and counters."""

import json

registers = [
    problem
    for registro in env["pa.registro"].search([])
    for anno in registro.anno_ids
    for problem in registro._verify(anno.year)
]
companies = env["res.company"].search([])
counters = env["pa.quadratura"]._quadratura(companies) if "pa.quadratura" in env else []
print(json.dumps({"registers": registers, "counters": counters}))
