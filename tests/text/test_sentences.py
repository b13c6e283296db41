import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_localai.text.sentences import sentence_spans


def sentences(text):
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["The gauge works.", "It was repaired."],
        ["Does it work?", "Yes!", "Good."],
        ["Really?!", "Well..."],
        ["He said “stop.”", "Then he left."],
        ["(It rained.)", "The boat stayed."],
        ["See [the log.]", "It is long."],
        ["Прилив высокий.", "Отлив низкий."],
        ["Η παλίρροια ανεβαίνει.", "Μετά πέφτει."],
        ["It ended well.", "then it began"],
    ],
)
def test_terminal_punctuation_ends_a_sentence(expected):
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Stannard signed it.",
        "Larkfield Co. Ltd. and Sons built it.",
        "See Fig. 3 and Eq. 4 on pp. 12 ff of the report.",
        "Tides, e.g. spring tides, are high.",
        "It is high, i.e. above 5 m, at noon.",
        "Stannard et al. measured it.",
        "The U.S. Navy and the U.K. agreed.",
        "It opens at 9 a.m. on Mondays.",
        "Open Jan. 3 to Dec. 20 each year.",
        "J. R. R. Tolkien wrote it.",
        "A level of 3.14 metres was read.",
        "Version 2.0.1 runs on example.org today.",
        "(cf. Smith 2031) it holds.",
        "A channel of 5 m. width is dredged.",
        "12. Then the boat left.",
    ],
)
def test_abbreviations_initials_and_numbers_end_nothing(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "expected",
    [
        ["The level was 5.2 m.", "The next was higher."],
        ["It weighs 3 kg.", "Handle with care."],
        ["The limit is 21.", "The skipper decides."],
        ["In March 2031.", "The gauge failed."],
        ["It took 15 s.", "Then it stopped."],
    ],
)
def test_units_and_numbers_may_end_a_sentence(expected):
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- first\n- second\n* third\n", ["- first", "- second", "* third"]),
        ("1. first item\n2. second item\n10) tenth", ["1. first item", "2. second item", "10) tenth"]),
        ("• one\n  – two", ["• one", "– two"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["| a | b |", "|---|---|", "| 1 | 2 |"]),
        ("Some text\n## Heading\nMore", ["Some text", "## Heading", "More"]),
        ("Heading without stop\n\nParagraph", ["Heading without stop", "Paragraph"]),
        ("Heading\n \t \nParagraph", ["Heading", "Paragraph"]),
        ("A sentence that goes\nover two lines.", ["A sentence that goes\nover two lines."]),
        ("A dash - in a line\nis no item", ["A dash - in a line\nis no item"]),
    ],
)
def test_blank_lines_list_items_table_rows_and_headings_are_borders(text, expected):
    assert sentences(text) == expected


_LOG = [
    "2031-03-03 12:59:59,999 INFO worker-3 heartbeat ok",
    "2031-03-07 03:14:15,926 ERROR pump-2 pressure sensor E4711 failed: timeout after 30 s",
    "2031-03-01 13:00:00,000 INFO worker-0 heartbeat ok",
]
_CHAT = ["[01.03.31, 10:00:00] Ben: hi", "[02.03.31, 10:01:00] Ann: are you there? yes", "[03.03.31, 10:02] Ben: ok"]
_PHONES = ["Internal telephone numbers of the station", "Radio officer: 4400", "Skipper: 4407", "Diver: 4435"]
_SETTINGS = ["host = localhost", "port = 8080", "log_level = debug"]
_SECTIONS = ["[server]", "host=localhost", "[log]", "level=debug"]
_SYSLOG = ["Mar  3 12:00:01 host sshd[123]: failed password for root", "Mar  4 01:00:00 host kernel: oops"]
_YAML = ["pumps:", "name: pump-2", "limit: 30 s"]
_ROWS = ["Hut | Beds | Warden", "Hut P | 19 | Ann", "Hut C | 12 | Ben"]
_NAMES = ["Alice Smith", "Bob Jones", "Carla Novak", "Dan Holm"]
_CUES = ["12", "00:00:01,000 --> 00:00:03,500", "The whale rises."]
_HEADED = [
    "4.1 Effect of the spring tides",
    "The salt content rose by nine percent after each spring tide in the well.",
]
_TITLED = ["Effect of the rain", "The upper well had no salt in it during any of the months that were looked at."]


@pytest.mark.parametrize(
    "lines", [_LOG, _CHAT, _PHONES, _SETTINGS, _SECTIONS, _SYSLOG, _YAML, _ROWS, _NAMES, _CUES, _HEADED, _TITLED]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "  \n"])
def test_lines_that_end_on_purpose_end_sentences(lines, end):
    found = sentences(end.join(lines))
    split = {"[02.03.31, 10:01:00] Ann: are you there? yes": ["[02.03.31, 10:01:00] Ann: are you there?", "yes"]}
    assert found == [part for line in lines for part in split.get(line, [line])]


@pytest.mark.parametrize(
    "text",
    [
        "The gauge on the rock was struck by lightning in the night of the third and\nGull Rock was "
        "without a reading for nine days, until the crew of the\nSea Otter brought another one from "
        "the harbour",
        "Das Messgerät auf dem Felsen wurde in der Nacht vom Blitz getroffen und die\nBesatzung des "
        "Bootes brachte erst nach neun Tagen ein neues Gerät aus dem\nHafen auf die Insel",
        "on the rock. The crew of the\nSea Otter brought another gauge from the harbour to the station on the rock",
    ],
)
def test_a_line_of_wrapped_prose_ends_nothing(text):
    assert all("\n" in sentence for sentence in sentences(text) if sentence != "on the rock.")


@pytest.mark.parametrize(
    "text",
    [
        "Er kam am 3. Mai und ging am 12. Juni.",
        "Die Frist endet am 31. Dezember 2031.",
        "Im 19. Jahrhundert war der Hafen klein.",
        "Das gilt z. B. Für alle Boote und d. h. Auch für Fähren.",
        "Die Kosten betragen ca. 300 Euro bzw. Vierhundert mit der Überfahrt.",
        "Der Hafen wurde 40 v. Chr. Gebaut und ist der älteste.",
        "Il a payé 30 euros, p. ex. Pour la chambre, et av. J.-C. Rien.",
        "Elle est née le 3 févr. 2031 et Mme. Dupont le sait.",
        "El Sr. Gómez y la Dra. Ruiz están en la casa.",
        "Il sig. Rossi e il dott. Bianchi sono nella casa.",
        "O Sr. Silva e a Dra. Lima não estão em casa.",
        "Он живёт на ул. Ленина и в доме проф. Иванова.",
    ],
)
def test_dates_and_abbreviations_of_other_languages_end_nothing(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "expected",
    [
        ["Die Nummer ist 21.", "Der Fährmann hat sie."],
        ["Wir machten einen Test.", "Dann kam das Boot."],
        ["The boat is in the port.", "It stays to the end.", "Then it goes out.", "All is well."],
        ["We work on the set.", "The long day is over."],
        ["Le bateau est sur la mer.", "Il est dans le port."],
    ],
)
def test_a_word_that_is_an_abbreviation_elsewhere_ends_a_sentence(expected):
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今日は晴れです。明日は雨です！本当？はい", ["今日は晴れです。", "明日は雨です！", "本当？", "はい"]),
        ("「行こう。」彼は言った。", ["「行こう。」", "彼は言った。"]),
        ("潮汐观测站每天开放。请勿触摸。", ["潮汐观测站每天开放。", "请勿触摸。"]),
        ("هل المد مرتفع؟ نعم. جيد", ["هل المد مرتفع؟", "نعم.", "جيد"]),
        ("ज्वार ऊँचा है। नाव रुकी है।", ["ज्वार ऊँचा है।", "नाव रुकी है।"]),
    ],
)
def test_other_scripts(text, expected):
    assert sentences(text) == expected


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\u3000\u2028\x0b"])
def test_nothing_but_white_space_has_no_sentences(text):
    assert sentence_spans(text) == []


def test_a_stretch_of_the_text_keeps_the_offsets_of_the_whole():
    text = "One here. Two here. Three here. Four here."
    assert sentence_spans(text, 10, 31) == [(10, 19), (20, 31)]
    assert sentence_spans(text, 12, 17) == [(12, 17)]
    assert sentence_spans(text, 5, 5) == []


_MARKS = [".", "...", "!", "?", "。", "؟", "।", "”", ")", "- ", "| ", "# "]
_GAPS = [" ", "\n", "\n\n", "\r\n", "\t", "\u3000", "\u200b", "\x00"]
_PIECES = st.sampled_from(["word", "Word", "Dr", "e.g", "A", "m", "3", "12", "日本", "é", *_MARKS, *_GAPS])


@settings(max_examples=300)
@given(st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=80), st.integers(0, 90), st.integers(0, 90))
def test_spans_are_in_order_stripped_and_cover_all_but_white_space(text, a, b):
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    for first, last in ((0, len(text)), (start, end)):
        at = first
        for left, right in sentence_spans(text, first, last):
            assert at <= left < right <= last
            assert not text[at:left].strip()
            assert text[left:right] == text[left:right].strip()
            at = right
        assert not text[at:last].strip()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", [". ", "\n", " ", "\n ", "a. b ", "- ", "。", "|\n", "é\n\n", "a" * 100 + "."])
def test_time_grows_with_the_text_and_not_its_square(unit):
    text = unit * (200_000 // len(unit))
    at = 0
    for left, right in sentence_spans(text):
        assert not text[at:left].strip()
        at = right
    assert not text[at:].strip()
