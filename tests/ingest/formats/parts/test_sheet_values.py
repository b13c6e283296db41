"""Numbers in spreadsheets as their formats show them."""

import pytest

from jupyter_localai.ingest.formats.parts.sheet_values import built_in, shown


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (1234567.891, '#,##0.00 "EUR"', "1,234,567.89"),
        (-5.5, "0.00_);(0.00)", "-5.50"),
        (0.1234, "0.0%", "12.3%"),
        (1234, "00000", "01234"),
        (0.1 + 0.2, "", "0.3"),
        (7.0, "General", "7"),
        (1e20, "General", "1e+20"),
        (0.5, "# ?/?", "0.5"),
        (12345, "0.00E+00", "12345"),
        (45352, "dd/mm/yyyy", "2024-03-01"),
        (45352.75, "d.m.yy h:mm", "2024-03-01 18:00:00"),
        (0.75, "h:mm AM/PM", "18:00:00"),
        (1.5, "[h]:mm:ss", "36:00:00"),
        (45352, "[$-407]d. mmmm yyyy;@", "2024-03-01"),
        (45352, '"day "0', "45352"),
        (1, "yyyy-mm-dd", "1900-01-01"),
        (-1, "yyyy-mm-dd", "-1"),
        (1e9, "yyyy-mm-dd", "1000000000"),
        (5, "[Red]0.0", "5.0"),
        (1, "0." + "0" * 5000, "1." + "0" * 20),
        (float("nan"), "0", "nan"),
    ],
)
def test_shown(value, form, text):
    assert shown(value, form) == text


def test_calendars_and_built_in_formats():
    assert shown(43890, built_in(14), from_1904=True) == "2024-03-01"
    assert shown(0.5, built_in(9)) == "50%" and built_in(999) == ""
