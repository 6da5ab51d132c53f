import pytest
from django.contrib.auth import get_user_model
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from kmarket.pages import Pages


@pytest.fixture
def page_of(db):
    users = get_user_model().objects
    for number in range(25):
        users.create_user(f"user {number}")

    def page(**query):
        request = Request(APIRequestFactory().get("/", query))
        pages = Pages()
        page = pages.paginate_queryset(users.order_by("pk"), request)
        return pages.get_paginated_response([user.username for user in page]).data

    return page


def test_the_first_page_has_twenty(page_of):
    first = page_of()
    assert (first["page"], first["pageSize"], first["total"]) == (1, 20, 25)
    assert first["items"] == [f"user {number}" for number in range(20)]


def test_pages_follow_each_other_without_a_gap(page_of):
    items = [item for page in (1, 2, 3) for item in page_of(page=page, pageSize=10)["items"]]
    assert items == [f"user {number}" for number in range(25)]


@pytest.mark.parametrize("page", [2, 10**9, 2**53])
def test_past_the_end_there_is_nothing(page_of, page):
    assert page_of(page=page, pageSize=100) == {
        "page": page,
        "pageSize": 100,
        "total": 25,
        "items": [],
    }


@pytest.mark.parametrize("query", [{"page": 0}, {"page": "x"}, {"pageSize": 101}, {"pageSize": 0}])
def test_pages_that_cannot_be_are_refused(page_of, query):
    with pytest.raises(ValidationError):
        page_of(**query)
