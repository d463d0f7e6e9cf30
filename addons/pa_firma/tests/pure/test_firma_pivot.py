"""The way from the Official Journal's certificates to who signs the list of lists today, by lists made by hand."""

import base64
import itertools

import lists_by_hand as lists
import pytest
from by_hand import Authority
from by_hand import cms as sign
from lists_by_hand import JOURNAL, pivot, signed
from pa_firma_tools import document, pivots, sandbox, trusted_list

CONTENT = b"Determina n. 5\n"
NEW_JOURNAL = "https://eur-lex.europa.eu/eli/C/2027/9/oj"


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Who signs lists: a, b, c one after the other; a stranger; Italy's and France's."""
    authority = Authority(tmp_path_factory.mktemp("people"), "Ufficio")
    return {name: authority.issue(name, kind="rsa", serial="") for name in ("a", "b", "c", "stranger", "italy", "france")}


@pytest.fixture(scope="module")
def chain(people):
    """Signers a (Official Journal), then b from pivot 10, then b and c from 20, then c alone from 30; the list is 31."""
    a, b, c = (people[name] for name in "abc")
    uris = [pivot(30), pivot(20), pivot(10), JOURNAL, "https://ec.europa.eu/tools/lotl/eu-lotl-legalnotice.html#it"]
    italy = [lists.pointer("IT", people["italy"], address="https://lists.example/it.xml")]
    return {
        pivot(10): signed(lists.lotl(b, number=10, uris=uris[2:]), a),
        pivot(20): signed(lists.lotl(b, c, number=20, uris=uris[1:]), b),
        pivot(30): signed(lists.lotl(c, number=30, uris=uris), b),
        "list": signed(lists.lotl(c, number=31, uris=uris, pointers=italy), c),
    }


def read(chain, people, names=("a",), given=None, **options):
    """Read the list with the pivots that are given, in isolation as when it is in use; the same in this process."""
    files = {address: data for address, data in chain.items() if address != "list"} if given is None else given
    trust = [people[name].pem for name in names]
    found = sandbox.read_list(chain["list"], trust, files, options)
    return found


def fingerprints(*pairs):
    return {pair.cert.fingerprint(pair.cert.signature_hash_algorithm).hex() for pair in pairs}


def told(found):
    from asn1crypto import x509

    return {x509.Certificate.load(base64.b64decode(der)).sha256.hex() for der in found["followed"]["signers"]}


def test_what_is_announced():
    legal = "https://ec.europa.eu/tools/lotl/eu-lotl-legalnotice.html"
    uris = [pivot(4), NEW_JOURNAL, pivot(3), "ftp://x/y.xml", "http://[", legal, JOURNAL, pivot(3)]
    assert pivots.announced(uris) == [("pivot", pivot(4)), ("journal", NEW_JOURNAL), ("pivot", pivot(3)), ("journal", JOURNAL)]
    assert pivots.newest_journal(uris) == NEW_JOURNAL
    for host, is_journal in (("xeur-lex.europa.eu", False), ("eur-lex.europa.eu.x", False), ("www.eur-lex.europa.eu", True)):
        assert bool(pivots.newest_journal([f"https://{host}/oj"])) is is_journal, host
    assert pivots.ways(uris) == [(NEW_JOURNAL, [pivot(4)]), (JOURNAL, [pivot(3), pivot(4)])]
    assert pivots.ways(uris, JOURNAL) == [(JOURNAL, [pivot(3), pivot(4)])]
    assert pivots.ways([JOURNAL]) == [] and pivots.ways([pivot(1)]) == [("", [pivot(1)])]


def test_followed_from_the_official_journal(chain, people):
    assert read(chain, people, given={})["error"] == "list_signer"
    assert read(chain, people, given={})["pivots"] == [pivot(10), pivot(20), pivot(30)]
    found = read(chain, people)
    assert found["signer"] == "c" and found["followed"]["journal"] == JOURNAL == found["journal"]
    assert [item["sequence"] for item in found["followed"]["pivots"]] == [10, 20, 30]
    assert [item["signer"] for item in found["followed"]["pivots"]] == ["a", "b", "b"]
    assert told(found) == fingerprints(people["c"])


def test_a_signer_that_is_known_needs_no_pivot(chain, people):
    found = read(chain, people, names=("c",), given={})
    assert found["signer"] == "c" and "followed" not in found and found["pivots"][0] == pivot(10)


def test_who_is_vouched_for_may_come_after_some_pivots(chain, people):
    """Not from the Official Journal but later: the way begins with the first that they signed, unless they are said to be
    the Official Journal's own."""
    found = read(chain, people, names=("b",))
    assert [item["sequence"] for item in found["followed"]["pivots"]] == [20, 30]
    found = read(chain, people, names=("b",), journal=JOURNAL)
    assert found["error"] == "list_pivot" and "pivot-10" in found["detail"]
    found = read(chain, people, names=("c",))
    assert found["signer"] == "c" and "followed" not in found and "pivot_error" not in found
    found = read(chain, people, names=("c",), journal=JOURNAL)
    assert "pivot-10" in found["pivot_error"]
    files = {address: data for address, data in chain.items() if address not in ("list", pivot(10))}
    assert "is missing" in read(chain, people, names=("b",), given=files)["detail"]


def test_missing_forged_altered_or_out_of_order(chain, people):
    files = {address: data for address, data in chain.items() if address != "list"}
    b, c, stranger = people["b"], people["c"], people["stranger"]
    wrong = {
        "missing": {name: data for name, data in files.items() if name != pivot(20)},
        "somebody whom nothing": files | {pivot(20): signed(lists.lotl(b, c, number=20), stranger)},
        "altered": files | {pivot(20): files[pivot(20)].replace(b"Provider", b"Provlder")},
        "out of order": files | {pivot(20): signed(lists.lotl(b, c, number=10), b)},
        "does not name": files | {pivot(20): signed(lists.listing(number=20, territory="EU", kind="EUlistofthelists"), b)},
        "not a list of lists": files | {pivot(20): signed(lists.listing(number=20, territory="EU"), b)},
        "exactly one signature": files | {pivot(20): lists.lotl(b, c, number=20)},
        "cannot be read": files | {pivot(20): b"rubbish"},
    }
    for words, given in wrong.items():
        found = read(chain, people, given=given)
        assert found["error"] == "list_pivot" and words in found["detail"] and "pivot-20" in found["detail"], (words, found)
    swapped = files | {pivot(20): files[pivot(30)], pivot(30): files[pivot(20)]}
    assert read(chain, people, given=swapped)["error"] == "list_pivot"


def test_two_pointers_to_itself_name_nobody(chain, people):
    """The signers are in one place: another pointer of the same kind may not add its own."""
    own = lists.pointer("EU", people["stranger"], kind="EUlistofthelists")
    double = signed(lists.lotl(people["b"], number=10, pointers=[own]), people["a"])
    files = {address: data for address, data in chain.items() if address != "list"} | {pivot(10): double}
    assert "does not name" in read(chain, people, given=files)["detail"]


def test_the_list_must_be_signed_by_whom_the_last_pivot_names(chain, people):
    """Not by who was let go, nor by a stranger, whatever order or part of the pivots it claims."""
    addresses = [pivot(30), pivot(20), pivot(10)]
    files = {address: chain[address] for address in addresses}
    signers = {pivot(10): {"b"}, pivot(20): {"b", "c"}, pivot(30): {"c"}}
    for name in ("stranger", "b"):
        for count in range(1, 4):
            for order in itertools.permutations(addresses, count):
                forged = signed(lists.lotl(people["stranger"], number=40, uris=[*order, JOURNAL]), people[name])
                found = trusted_list.read(forged, [people["a"].pem], pivot=list(files.values()), options=_options(files))
                genuine = [pivot(10), pivot(20), pivot(30)][: len(order)] == list(order)[::-1]
                allowed = genuine and name in signers[order[0]]
                assert ("error" not in found) == allowed, (name, order, found.get("detail"))


def _options(files):
    import json

    return json.dumps({"addresses": list(files)}).encode()


def test_nothing_leads_back_behind_what_was_followed(chain, people):
    """Somebody who was let go leaves the pivot out that says so; whoever followed it before is not fooled."""
    uris = [pivot(20), pivot(10), JOURNAL]
    forged = signed(lists.lotl(people["b"], number=99, uris=uris), people["b"])
    files = {address: chain[address] for address in uris[:2]}
    assert "error" not in trusted_list.read(forged, [people["a"].pem], pivot=list(files.values()), options=_options(files))
    found = sandbox.read_list(forged, [people["c"].pem], files, {"after": 30, "vouched": [base64.b64encode(people["a"].der).decode()]})
    assert found["error"] == "list_pivot" and "30" in found["detail"]


def test_the_list_of_the_day_of_its_pivot(chain, people):
    """The newest pivot is the list itself, signed by who signed before."""
    same = chain | {"list": chain[pivot(30)]}
    found = read(same, people)
    assert found["signer"] == "b" and told(found) == fingerprints(people["c"])


def test_a_new_publication(people):
    """The Official Journal names others: those of the old one go through every pivot, those of the new one only the later."""
    a, b, c, new = (people[name] for name in ("a", "b", "c", "france"))
    uris = [pivot(4), NEW_JOURNAL, pivot(3), JOURNAL]
    files = {pivot(3): signed(lists.lotl(b, number=3, uris=uris[2:]), a), pivot(4): signed(lists.lotl(c, number=4, uris=uris), b)}
    renewed = files | {pivot(4): signed(lists.lotl(c, number=4, uris=uris), new)}
    whole = {"list": signed(lists.lotl(c, number=5, uris=uris), c)}
    found = read(whole, people, given=files)
    assert found["followed"]["journal"] == JOURNAL and found["journal"] == NEW_JOURNAL
    found = read(whole, people, names=("france",), given=renewed)
    assert found["followed"]["journal"] == NEW_JOURNAL and len(found["followed"]["pivots"]) == 1
    assert read(whole, people, names=("france",), given=renewed, journal=JOURNAL)["error"] == "list_pivot"


def test_offline_in_any_order(chain, people, ca):
    """`./pa verify --trust-list`: the list of lists, its pivots, Italy's list."""
    national = signed(lists.listing(lists.service(lists.certified(ca.root))), people["italy"])
    data = sign(CONTENT, ca.issue())
    for order in itertools.islice(itertools.permutations([*chain.values(), national]), 0, None, 7):
        report = document.verify_document(data, trust=[people["a"].pem], trust_lists=order)
        assert report["verdict"] == "valid" and report["signatures"][0]["qualified"] is True, report["reasons"]
    for missing in (pivot(10), pivot(20), pivot(30)):
        files = [data for name, data in chain.items() if name != missing]
        report = document.verify_document(data, trust=[people["a"].pem], trust_lists=[*files, national])
        assert report["verdict"] == "undetermined" and report["reasons"][0]["code"] == "trusted_list"
        assert missing in report["reasons"][0]["detail"]


def test_who_signs_for_a_country_signs_for_no_other(people, ca):
    """Nor for Europe: the list of lists gives each signer one territory."""
    europe = signed(
        lists.lotl(people["a"], number=1, pointers=[lists.pointer("FR", people["france"]), lists.pointer("IT", people["italy"])]),
        people["a"],
    )
    content = lists.service(lists.certified(ca.root))
    false_europe = signed(lists.lotl(people["france"], number=2, pointers=[lists.pointer("IT", people["france"])]), people["france"])
    data = sign(CONTENT, ca.issue())

    def verdict(*given):
        return document.verify_document(data, trust=[people["a"].pem], trust_lists=given)["verdict"]

    italy = signed(lists.listing(content), people["italy"])
    by_france = signed(lists.listing(content), people["france"])
    assert verdict(europe, italy) == "valid"
    assert verdict(europe, by_france) == "undetermined"
    assert verdict(europe, false_europe, by_france) == "undetermined"
    assert verdict(europe, signed(lists.listing(content, territory="FR"), people["france"])) == "valid"


def test_agreements_with_third_countries_name_no_list_of_the_union(people, ca):
    mutual = '<OtherInformation><mra:MutualRecognitionAgreementInformation xmlns:mra="http://mra.europa.eu/v1#"/></OtherInformation>'
    named = [
        lists.pointer("UA", people["italy"], more=mutual),
        lists.pointer("EU", people["italy"], kind="http://ec.europa.eu/tools/lotl/mra/ades-lotl-tsl-type"),
        lists.pointer("MD", people["italy"], kind="http://lists.example/TSLType/CClist"),
        lists.pointer("IT", people["italy"]),
    ]
    europe = signed(lists.lotl(people["a"], number=1, pointers=named), people["a"])
    found = trusted_list.read(europe, [people["a"].pem])["list"]["pointers"]
    assert [item["territory"] for item in found if item["union"]] == ["IT"]
    data = sign(CONTENT, ca.issue())
    for territory, verdict in (("IT", "valid"), ("UA", "undetermined"), ("EU", "undetermined"), ("MD", "undetermined")):
        national = signed(lists.listing(lists.service(lists.certified(ca.root)), territory=territory), people["italy"])
        report = document.verify_document(data, trust=[people["a"].pem], trust_lists=[europe, national])
        assert report["verdict"] == verdict, (territory, report["reasons"])


def test_from_the_shell(chain, people, ca, tmp_path):
    """The command, with every list as a file; one that is missing is named."""
    import json
    import subprocess
    import sys
    from pathlib import Path

    national = signed(lists.listing(lists.service(lists.certified(ca.root))), people["italy"])
    files = {"it.xml": national, "x.p7m": sign(CONTENT, ca.issue())}
    files |= {address.rsplit("/", 1)[-1]: data for address, data in chain.items()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)

    def run(*names):
        command = [sys.executable, Path(trusted_list.__file__).with_name("verify_cli.py"), "x.p7m", "--json"]
        command += ["--trust", people["a"].cert_file, *(word for name in names for word in ("--trust-list", name))]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=tmp_path)
        return done.returncode, json.loads(done.stdout)

    names = sorted(set(files) - {"x.p7m"})
    code, report = run(*names)
    assert (code, report["signatures"][0]["qualified"]) == (0, True), report["reasons"]
    code, report = run(*(name for name in names if "20" not in name))
    assert code == 2 and pivot(20) in report["reasons"][0]["detail"]


def test_shipped_signers_are_those_of_the_latest_publication():
    found = list(trusted_list.shipped())
    assert len(found) > 3 and trusted_list.shipped_journal().startswith("https://eur-lex.europa.eu/")
