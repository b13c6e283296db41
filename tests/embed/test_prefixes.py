import hashlib
import json

import pytest

from jupyter_localai.embed.prefixes import Prefixes, of_family, of_folder


@pytest.mark.parametrize(
    ("model", "query", "document"),
    [
        ("nomic-embed-text", "search_query: ", "search_document: "),
        ("someone/nomic-embed-text-v2-moe:q8", "search_query: ", "search_document: "),
        ("snowflake-arctic-embed:22m", "Represent this sentence for searching relevant passages: ", ""),
        ("snowflake-arctic-embed2", "query: ", ""),
        ("embeddinggemma:300m", "task: search result | query: ", "title: none | text: "),
        ("bge-m3", "", ""),
        ("all-minilm", "", ""),
        ("unheard-of", "", ""),
    ],
)
def test_a_family_of_ollamas_has_its_prefixes(model, query, document):
    assert of_family(model) == Prefixes(query, document)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"prompts": {"query": "query: ", "document": "passage: "}}, Prefixes("query: ", "passage: ")),
        ({"prompts": {"query": "query: ", "passage": "p: "}}, Prefixes("query: ", "p: ")),
        ({"prompts": {"query": "", "all": "x: "}, "default_prompt_name": "all"}, Prefixes("", "x: ")),
        ({"prompts": {"all": "x: "}, "default_prompt_name": "all"}, Prefixes("x: ", "x: ")),
        ({"prompts": {"query": None}, "default_prompt_name": None}, Prefixes()),
        ({"prompts": []}, Prefixes()),
        ([], Prefixes()),
    ],
)
def test_a_folder_tells_its_prefixes(tmp_path, told, expected):
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps(told))
    assert of_folder(tmp_path) == expected


def test_a_folder_without_prompts_has_none(tmp_path):
    assert of_folder(tmp_path) == Prefixes()
    (tmp_path / "config_sentence_transformers.json").write_text("damaged")
    assert of_folder(tmp_path) == Prefixes()


def test_the_fingerprint_knows_the_prefixes_and_stays_what_it_was_without():
    model = hashlib.sha256(b"weights").hexdigest()
    assert Prefixes().fingerprint(model) == model[:16]
    several = {Prefixes(*pair).fingerprint(model) for pair in (("", ""), ("q", ""), ("", "q"), ("q", "q"))}
    assert len(several) == 4 and all(len(fingerprint) == 16 for fingerprint in several)
    assert Prefixes().fingerprint(model, 256) not in {*several, Prefixes("", "").fingerprint(model, 128)}
