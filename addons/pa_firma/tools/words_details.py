"""In Italian, what the verifier adds to a reason: which thing, or why. What is nothing but the reason again is empty."""

DETAILS_IT = {
    "the certificate does not lead to a trusted authority": "",
    "no trust anchors were given": "non è indicata alcuna autorità fidata",
    "What was signed is not the given document.": "",
    "the signer's certificate is not in the file": "",
    "Signed as an Office document or a Java archive, which cannot be verified here.": "documento di Office o archivio Java",
    "Bytes follow the signature.": "",
    "Bytes follow the envelope.": "",
    "Bytes follow the timestamp.": "",
    "Other parts follow the last part of the message.": "dopo l'ultima parte del messaggio",
    "Text follows the signed message: nobody signed it, and some programs show it. Only the signed file counts.":
        "un testo dopo il messaggio firmato, che nessuno ha firmato e che alcuni programmi mostrano: conta solo ciò che è firmato",
    "There is text after the signed block that nobody signed: take it away and verify the block alone.":
        "dopo il blocco firmato c'è del testo che nessuno ha firmato: va tolto, e il blocco verificato da solo",
    "The container does not say which signature covers which files.": "il contenitore non dice quale firma copre quali file",
    "the timestamp authority is not trusted: the certificate does not lead to a trusted authority": "autorità della marca temporale",
    "the document names a stylesheet that is not signed: it may show something else": "foglio di stile che non è firmato",
    "it signs a list of other things (Manifest), which are not verified": "firma un elenco di altre cose (Manifest), che non si verificano",
    "a certificate of the chain was not valid at that time": "un certificato della catena non era valido in quel momento",
    "The certificate's authority is in none of the trusted lists.": "l'autorità non è in alcun elenco di fiducia",
}
# Why not, by the trusted lists (`list_rules`)
WHY_IT = {
    "the service was not in the list at that time": "in quel momento il servizio non era nell'elenco",
    "the service was not qualified at that time": "in quel momento il servizio non era qualificato",
    "the trusted list sets a condition that this program does not know": "l'elenco pone una condizione che il programma non conosce",
    "the trusted list contradicts itself": "l'elenco si contraddice",
    "the trusted list says that these certificates are not qualified": "l'elenco dice che questi certificati non lo sono",
    "the certificate does not declare itself qualified": "il certificato non si dichiara qualificato",
    "the trusted list says that these certificates are of legal persons, before eIDAS": "certificati di persone giuridiche, di prima di eIDAS",
    "the certificate is for web sites": "il certificato è per siti web",
    "the trusted list names the service only by its name": "l'elenco indica il servizio solo col nome",
    "the list is not one of the European Union": "l'elenco non è dell'Unione europea",
    "the service was not qualified for this purpose": "il servizio non era qualificato per questo uso",
}
