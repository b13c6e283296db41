"""Documents that a glob means: those that cannot fit are left out in SQLite."""

import fnmatch

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support import probe

LETTERS = st.text("ab./*?[]!-", max_size=12)


@given(LETTERS, LETTERS)
@example("a*b", "axxb")
@example("[*]a", "*a")
@example("a[b/]c", "a/c")
@example("reports/2024-??.pdf", "reports/2024-03.pdf")
def test_every_path_that_fits_has_the_part_that_is_looked_for(glob, path):
    if fnmatch.fnmatchcase(path, glob):
        assert probe.part_of_each_match(glob) in path


def test_a_name_is_looked_for_as_it_is():
    assert probe.part_of_each_match("reports/harbour.md") == "harbour.md"
