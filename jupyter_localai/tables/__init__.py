"""Count and filter over the tables that stand in a document's text: rows become typed columns, a question a SELECT.

The stored text of a document enters, as its chunks have it; results of a query leave, with the numbers of the rows that
they rest on. What is untrusted (cells, and a SELECT that a chat model wrote) is worked on in a confined process. The
room knows no store, no chat model and no answer.
"""
