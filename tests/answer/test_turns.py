import numpy as np

from jupyter_localai.answer.turns import turns


def waits(scores, likely, documents, pages):
    return turns(*(np.array(each) for each in (scores, likely, documents, pages))).tolist()


def test_each_further_page_of_an_equally_likely_document_waits():
    assert waits([0.9, 0.8, 0.7, 0.6], [0.4] * 4, [1, 1, 1, 2], [1, 2, 3, 9]) == [0, 1, 2, 0]


def test_chunks_of_one_page_wait_together():
    assert waits([0.7, 0.9, 0.8, 0.1], [0.4] * 4, [1, 1, 1, 2], [1, 2, 1, 9]) == [1, 0, 1, 0]


def test_where_one_document_is_the_likely_one_nothing_waits():
    assert waits([0.9, 0.8, 0.7], [0.5, 0.5, 0.4], [1, 1, 2], [1, 2, 9]) == [0, 0, 0]


def test_documents_without_pages_do_not_wait():
    assert waits([0.9, 0.8, 0.7], [0.4] * 3, [1, 1, 2], [-1, -1, -1]) == [0, 0, 0]
