import pytest

from jupyter_localai.config import Config
from jupyter_localai.embed.choose import open_embedder
from jupyter_localai.text import language
from tests.support.in_process import run_index

ENGLISH = "The committee approved the budget for the new tide station and asked the harbour office to begin in spring."
TEXTS = {
    "de": "Der Ausschuss genehmigte den Haushalt der neuen Messstelle und bat das Hafenamt, im Frühjahr zu beginnen.",
    "fr": "Le comité a approuvé le budget de la nouvelle station et a demandé au port de commencer en avril. " * 3,
    "fi": "Valiokunta hyväksyi uuden vuorovesiaseman talousarvion ja pyysi satamatoimistoa aloittamaan korjaukset.",
    "ru": "Комитет утвердил бюджет новой станции и попросил портовую контору начать ремонт весной.",
    "zh": "委员会批准了新的潮汐站预算",
    "th": "คณะกรรมการอนุมัติงบประมาณ",
    "zh, a word": "预算",
    "de, a short question": "Wer ist der Chef der Messstelle?",
}


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    return open_embedder(Config(store=tmp_path_factory.mktemp("store")))


@pytest.mark.model
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_an_english_model_reads_other_languages_badly(english, text):
    assert not english.reads(text)


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        "4-PBA treatment decreases endoplasmic reticulum stress in response to general markers of the cell.",
        "budget",
        "Zürich",
        "x = 3.5",
        "",
        "Total current assets 1,001,425 984,221 cash and cash equivalents 452,030 goodwill",
    ],
)
def test_it_reads_english_and_what_is_too_short_to_tell(english, text):
    assert english.reads(text)


def test_programs_and_tables_are_not_judged_by_their_words():
    assert language.sample("xq zv", "code") == ""
    assert language.sample("a" * 10_000, "text").count("a") == 3600
    assert language.sample("short", "pdf") == "short"


def test_documents_and_questions_in_another_language_are_told_of(engine, tmp_path):
    (tmp_path / "a.txt").write_text("Die Gezeiten werden am Pegel gemessen.")
    (tmp_path / "b.txt").write_text("The tides are measured at the gauge.")
    (notice,) = run_index(engine, [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]).warnings
    assert notice.code == "language"
    assert notice.message.startswith("One document is in a language that the embedding model words reads badly")
    assert language.MULTILINGUAL in notice.remedy
    assert engine.search("tides").warnings is None
    hits = engine.search("Gezeiten Pegel")
    assert hits.warnings[0].code == "language"
    assert hits[0].explain.dense_weight < engine.search("tides")[0].explain.dense_weight
    *_, answer = engine.ask("Gezeiten Pegel")
    assert language.MULTILINGUAL in answer.warnings[-1]
