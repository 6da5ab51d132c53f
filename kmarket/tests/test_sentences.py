import json

from kmarket.sentences import Said, said


def test_a_sentence_is_text_that_remembers_what_it_was_made_of():
    sentence = said("market %(market)s is %(why)s", market=7, why=said("pinned"))

    assert sentence == "market 7 is pinned"
    assert json.dumps([sentence]) == '["market 7 is pinned"]'
    assert (sentence.words, sentence.values["market"]) == ("market %(market)s is %(why)s", 7)
    assert sentence.values["why"].words == "pinned"


def test_values_are_not_taken_for_words():
    assert said("%(team)s plays against itself", team="100 % %(x)s") == (
        "100 % %(x)s plays against itself"
    )
    assert said("a move of 25 % or more") == "a move of 25 % or more"


def test_an_exception_keeps_its_sentence():
    raised = Said("%(column)s is empty", column="Div")

    assert str(raised) == "Div is empty"
    assert raised.sentence.values == {"column": "Div"}
