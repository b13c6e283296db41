"""What is locked is what is needed, under licences that fit, and whoever hosts the project gives no rights away."""

import json
import re
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.docs import licences

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = licences.ROOT
NEVER = re.compile(
    r"AGPL|GPL|Affero|SSPL|Server Side|Elastic|BUSL|Business Source|Commons Clause|non-?commercial", re.I
)


UNLOCKED = {"ocr"}  # docs/supply.md says why


def test_everything_the_package_needs_is_locked():
    locked = licences.locked()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [lines for name, lines in project["optional-dependencies"].items() if name not in UNLOCKED]
    for line in (*project["dependencies"], *(line for lines in extras for line in lines)):
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate():
            assert needed.specifier.contains(locked[canonicalize_name(needed.name)]), needed


def test_every_locked_file_has_its_hash_and_no_place_it_comes_from():
    for name in ("tested.txt", "torch.txt", "test-model.txt"):
        text = (ROOT / "requirements" / name).read_text()
        packages = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
        for package in packages:
            assert re.fullmatch(r"[\w.-]+==\S+ \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+", package), package[:80]


def test_pytorch_is_the_one_that_is_installed_for_development():
    assert f'TORCH = "torch=={licences.locked()["torch"]}"' in (ROOT / "dev.py").read_text()


def rows(text):
    return dict(re.findall(r"^\| ([\w.-]+) \| (\d.* \| .+ \| \w+) \|$", text, re.MULTILINE))


def test_the_licences_are_those_of_the_locked_packages():
    page = rows((ROOT / "docs" / "licences.md").read_text())
    assert {name: row.split(" | ")[0] for name, row in page.items()} == licences.locked()
    assert [row for row in page.values() if NEVER.search(row) or "unknown" in row] == []


def test_what_is_installed_here_has_licences_that_fit():
    for name in licences.needed_to_run():
        assert not NEVER.search(licences.licence(name)), name


def test_the_bill_of_materials_has_every_locked_package():
    bill = json.loads((ROOT / "requirements" / "sbom.cdx.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    listed = {canonicalize_name(part["name"]): part["version"].split("+")[0] for part in bill["components"]}
    assert licences.locked().items() <= listed.items()
    assert not re.search(r"file:|/home/|/root/", json.dumps(bill))


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name)
def test_workflows_may_read_and_nothing_else(path):
    text = path.read_text()
    assert re.findall(r"permissions:\n((?:  .*\n)+)", text) == ["  contents: read\n"]
    assert "secrets." not in text and "pull_request_target" not in text
    for action in re.findall(r"uses: (\S+)", text):
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action), action
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
