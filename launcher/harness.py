"""`./pa test`: linters, the addons' tests set by set, then the tests of the whole."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

from . import databases, debian, paths, postgres, setup, steps
from .ui import Fail, say

SETS = [
    ("pa_atti",),
    ("pa_atti", "pa_firma"),
    ("pa_atti", "pa_contabilita"),
    ("pa_atti", "pa_firma", "pa_contabilita"),
]


AT_ONCE = 2  # parts: each has a database of its own, and keeps about one core busy


class Results:
    """What passed and what failed, part by part; several threads may tell it."""

    def __init__(self, streaming=True):
        self.passed, self.failed, self.skipped = 0, 0, 0
        self.parts = []
        self.streaming = streaming  # with one part at a time its output is shown as it comes
        self._lock = threading.Lock()

    def add(self, part, passed, failed, skipped=0, seconds=0.0):
        """Count a part."""
        with self._lock:
            self.passed += passed
            self.failed += failed
            self.skipped += skipped
            self.parts.append((part, passed, failed, skipped, seconds))

    def call(self, title, command, env):
        """Run a command, and show what it says: at once, or all together when it ends. Returns its status."""
        if self.streaming:
            say(title)
            status = subprocess.run(command, cwd=paths.ROOT, env=env, stdin=subprocess.DEVNULL).returncode
            sys.stdout.flush()
            return status
        done = subprocess.run(
            command, cwd=paths.ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        with self._lock:
            say(title)
            sys.stdout.write(done.stdout.decode(errors="replace"))
            sys.stdout.flush()
        return done.returncode

    def show(self):
        """The table of the parts, then the one plain line."""
        width = max((len(part) for part, *_rest in self.parts), default=0)
        for part, passed, failed, skipped, seconds in self.parts:
            print(
                f"  {part:<{width}}  {passed:5d} passed  {failed:3d} failed  "
                f"{skipped:3d} skipped  {seconds:6.0f} s"
            )
        print(f"{self.passed} passed, {self.failed} failed", flush=True)


def sets():
    """The sets of addons that can be tested in this tree."""
    ours = databases.our_addons()
    found = [names for names in SETS if all(name in ours for name in names)]
    return found or ([tuple(ours)] if ours else [])


def set_name(names):
    """How a set is called: pa_atti+pa_firma."""
    return "+".join(names)


def selected(only, name, names=()):
    """Is this part wanted? `--only` names a part, a set, or an addon (its largest set)."""
    if not only or only == name:
        return True
    if only in names and not any(only == set_name(other) for other in sets()):
        return names == max((s for s in sets() if only in s), key=len)
    return False


def run(only=None, extra=()):
    """Run everything (or one part); return the exit status."""
    parts = ["lint", "pure", "agent", *(set_name(names) for names in sets()), "tests"]
    known = {*parts, *databases.our_addons()}
    if only and only not in known:
        raise Fail(f"There is no part {only}. Parts: {', '.join(parts)}; or the name of an addon.")
    start = time.monotonic()
    setup.ensure(testing=True)
    if not any(shutil.which(name) for name in debian.BROWSERS):
        raise Fail("The browser tests need a browser: install Debian's `chromium`.")
    results = Results(streaming=bool(only))
    wanted = [names for names in sets() if selected(only, set_name(names), names)]
    whole = sets()[-1] if sets() else ()
    with steps.lock("test"), ThreadPoolExecutor(1) as builder:
        left = [name for name in databases.sql("list") if re.match("pa_(test|t)_", name)]
        if left:
            databases.drop(*left)
        # the templates are built while the linters and the earlier sets run
        templates = {names: builder.submit(databases.template, names) for names in wanted}
        if selected(only, "tests") and whole not in templates:
            templates[whole] = builder.submit(databases.template, whole)
        try:
            _at_once(only, _parts(results, only, wanted, extra, templates))
            if selected(only, "tests"):  # alone: they try how many people work together
                results.streaming = True
                root_tests(results, extra, templates[whole])
        finally:
            builder.shutdown(wait=False, cancel_futures=True)
    say(f"All of it took {time.monotonic() - start:.0f} s.")
    results.show()
    return 1 if results.failed or not results.passed else 0


def _parts(results, only, wanted, extra, templates):
    """What can run beside other parts; the long ones first, after those that need no database."""
    parts = []
    if selected(only, "lint"):
        parts.append(lambda: lint(results))
    if selected(only, "pure"):
        parts.append(lambda: pure(results, extra))
    parts += [lambda names=names: odoo_set(results, names, extra, templates[names]) for names in wanted[::-1]]
    if selected(only, "agent"):
        parts.append(lambda: agent(results, extra))
    return parts


def _at_once(only, parts):
    with ThreadPoolExecutor(1 if only else AT_ONCE) as workers:
        for done in [workers.submit(part) for part in parts]:
            done.result()


def lint(results):
    """ruff and pylint-odoo, both blocking."""
    commands = {"ruff": ["ruff", "check", "--no-cache", "."]}
    addons = [str(paths.ADDONS.name + "/" + name) for name in databases.our_addons()]
    if addons:
        commands["pylint-odoo"] = ["pylint", "--rcfile=.pylintrc", *addons]
    for name, command in commands.items():
        start = time.monotonic()
        status = results.call(f"== {name}", [str(paths.PYTHON), "-m", *command], _environment())
        results.add(name, int(not status), int(bool(status)), seconds=time.monotonic() - start)


def pure(results, extra):
    """The addons' tests that need neither Odoo nor a database: they start below the addon, which is never imported."""
    for name in databases.our_addons():
        folder = paths.ADDONS / name / "tests" / "pure"
        if folder.is_dir():
            _pytest(
                results,
                f"pure {name}",
                [folder, "-p", "no:odoo", f"--rootdir={folder}", f"--confcutdir={folder}"],
                extra,
            )


def agent(results, extra):
    """The local signing agent, which knows nothing of Odoo."""
    folder = paths.ROOT / "agent" / "tests"
    _pytest(results, "agent", [folder, "-p", "no:odoo", f"--rootdir={folder}", f"--confcutdir={folder}"], extra)


def odoo_set(results, names, extra, template):
    """One pytest process on a clone of the set's template."""
    label = set_name(names)
    start = time.monotonic()
    try:
        source = template.result()
    except Fail as problem:
        say(f"== {label}\n{problem}")
        results.add(f"install {label}", 0, 1, seconds=time.monotonic() - start)
        return
    results.add(f"install {label}", 1, 0, seconds=time.monotonic() - start)
    folders = [
        paths.ADDONS / name / "tests"
        for name in [*names, *databases.glue_of(names)]
        if (paths.ADDONS / name / "tests").is_dir()
    ]
    if not folders:
        return
    database = databases.clone(source, "pa_test_" + source.removeprefix("pa_tpl_"))
    try:
        _pytest(
            results,
            label,
            [
                *folders,
                *("--ignore-glob=*/tests/pure/*", "--ignore-glob=*/tests/pure"),
                *(f"--ignore={path}" for path in _paths_of_smaller_sets(names)),
                *(f"--odoo-database={database}", "--odoo-http"),
            ],
            extra,
            PA_TEST_SET=label,
        )
    finally:
        databases.drop(database)


def _paths_of_smaller_sets(names):
    """An addon's daily paths in the browser (test_percorsi.py) are walked once, in the smallest set that has it."""
    return [
        paths.ADDONS / name / "tests" / "test_percorsi.py"
        for name in names
        if tuple(names) != tuple(min((each for each in sets() if name in each), key=len))
    ]


def root_tests(results, extra, template):
    """Plain pytest on tests/: they clone the full template by themselves."""
    folder = paths.ROOT / "tests"
    if not folder.is_dir():
        return
    start = time.monotonic()
    try:
        source = template.result()
    except Fail as problem:
        say(f"== tests\n{problem}")
        results.add("template of tests", 0, 1, seconds=time.monotonic() - start)
        return
    _pytest(
        results,
        "tests",
        [folder, "-p", "no:odoo"],
        extra,
        ODOO_RC=None,
        PA_TEST_TEMPLATE=source,
        PA_ODOO_RC=str(paths.TEST_CONF),
        PA_DATA_DIR=str(paths.DATA),
        PA_PYTHON=str(paths.PYTHON),
    )


def _environment(**more):
    values = {
        **os.environ,
        **postgres.environment(),
        "ODOO_RC": str(paths.TEST_CONF),
        "PGOPTIONS": "-c synchronous_commit=off",
        "PA_HOME": str(paths.HOME),
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }
    return {key: value for key, value in values.items() if value is not None}


def _pytest(results, label, arguments, extra, **environment):
    report = paths.LOGS / ("junit-" + re.sub(r"\W+", "_", label) + ".xml")
    report.unlink(missing_ok=True)
    start = time.monotonic()
    command = [paths.PYTHON, "-m", "pytest", "-q", f"--junitxml={report}", *arguments, *extra]
    if any(word in ("-h", "--help") for word in extra):
        raise Fail("./pa test --help, please")
    status = results.call(f"== {label}", [str(part) for part in command], _environment(**environment))
    seconds = time.monotonic() - start
    passed, failed, skipped = _count(report)
    if status not in (0, 5) and not failed:
        say(f"{label}: pytest ended with status {status}")
        failed = 1
    results.add(label, passed, failed, skipped, seconds)


def _count(report):
    """Passed, failed and skipped; a test skipped for want of a browser has failed."""
    if not report.exists():
        return 0, 0, 0
    passed = failed = skipped = 0
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif skip is not None:
            words = f"{skip.get('message')} {skip.text}"
            if re.search(r"chrome|chromium|websocket-client", words, re.I):
                say(f"{case.get('name')}: the browser is missing: {words}")
                failed += 1
            else:
                skipped += 1
        else:
            passed += 1
    return passed, failed, skipped
