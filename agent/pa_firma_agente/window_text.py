"""What a question shows, apart from how it is shown."""

from .words import counted, word


def introduction(question):
    """Lines before the documents."""
    language, kind = question["language"], question["ask"]
    if kind == "sign":
        count = len(question["documents"])
        return [counted("sign_text", count, language, origin=question["origin"])]
    return word(f"{kind}_text", language, origin=question["origin"]).split("\n")


def document_lines(document, language):
    """Name, hash, and what the hash is worth."""
    worth = word("checked" if document["checked"] else "declared", language)
    return [
        document["name"],
        f"{word('document', language)} ({worth}):",
        document["document_sha256"],
    ]


def conclusion(question):
    """Lines after the documents: with which certificate, and how the PIN stands."""
    language = question["language"]
    facts = {name: question[name] for name in ("holder", "issuer", "until")}
    found = [word("sign_with", language, **facts)]
    if question["wrong"]:
        found.append(word("wrong", language))
    if question["tries"] in ("few", "last"):
        found.append(word(question["tries"], language))
    if question["pinpad"]:
        found.append(word("pinpad", language))
    return found


def lines(question):
    """Everything, as the terminal shows it."""
    found = introduction(question)
    if question["ask"] == "pair":
        found.append(f"    {question['code']}")
    for number, document in enumerate(question.get("documents", ()), 1):
        first, *others = document_lines(document, question["language"])
        found += [f"{number}. {first}", *(f"   {line}" for line in others)]
    if question["ask"] == "sign":
        found += conclusion(question)
    return found
