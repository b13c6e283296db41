import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.text import words
from tests.support.in_process import run_index


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("plain words of 1953, and more", ""),
        ("東京都", "東京 京都 都"),
        ("서울에서", "서울 울에 에서 서"),
        ("ประชุม", "ประ ระชุ ะชุม ชุม ม"),
        ("an e-mail", "email"),
        ("1,234,567 or 12'500", "1234567 12500"),
        ("removeSpikes(HTTPServer)", "remove Spikes HTTP Server"),
        ("tide_gaugeLevel", "gauge Level"),
        ("FY2031", "FY 2031"),
        ("state-of-the-art", "stateoftheart"),
    ],
)
def test_words_inside_words(text, inner):
    assert words.inner_words(text) == inner


@given(st.text(max_size=300))
def test_any_text_has_words_that_are_in_it(text):
    letters = set(text)
    assert set(words.inner_words(text)) <= letters | {" "}


DOCUMENTS = {
    "zh": "会议记录\n\n委员会批准了新的潮汐站预算。\n",
    "ja": "議事録\n\n委員会は灯台の修理を承認しました。\n",
    "th": "รายงานการประชุม\n\nคณะกรรมการอนุมัติงบประมาณใหม่\n",
    "hi": "हिन्दी में रिपोर्ट\n\nसमिति ने नया बजट मंजूर किया\n",
    "ko": "회의록\n\n서울에서 위원회가 예산을 승인했다.\n",
}


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("新的预算是多少", "zh"),
        ("潮汐站", "zh"),
        ("灯台", "ja"),
        ("灯台の修理はいつですか", "ja"),
        ("งบประมาณ", "th"),
        ("बजट", "hi"),
        ("위원회", "ko"),
    ],
)
def test_words_are_found_in_scripts_without_spaces(engine, tmp_path, query, language):
    for name, text in DOCUMENTS.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    run_index(engine, [str(tmp_path / f"{name}.txt") for name in DOCUMENTS])
    (best,) = (hit for hit in engine.search(query, k=5) if hit.explain.keyword_rank == 1)
    assert best.path.endswith(f"{language}.txt")


def test_a_name_in_chinese_is_found_by_a_part_of_it(engine, tmp_path):
    (tmp_path / "年度报告.txt").write_text("Nothing else is said here.")
    (tmp_path / "other.txt").write_text("Nothing else is said there.")
    run_index(engine, [str(tmp_path / "年度报告.txt"), str(tmp_path / "other.txt")])
    assert engine.search("报告", k=1)[0].path.endswith("年度报告.txt")


def test_identifiers_and_compounds_are_found_by_their_parts(engine, tmp_path):
    (tmp_path / "a.py").write_text("def removeSpikes(burst):\n    return burst\n")
    (tmp_path / "b.txt").write_text("Send an e-mail to the harbour office.")
    (tmp_path / "c.txt").write_text("The budget is 1,234,567 in all.")
    run_index(engine, [str(tmp_path / name) for name in ("a.py", "b.txt", "c.txt")])
    for query, name in (("spikes", "a.py"), ("email", "b.txt"), ("1234567", "c.txt")):
        (best,) = (hit for hit in engine.search(query, k=3) if hit.explain.keyword_rank == 1)
        assert best.path.endswith(name)
