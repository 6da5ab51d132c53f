"""The API's document, tried by schemathesis: what it permits, and what it doesn't.

Each endpoint is asked by nobody, by users and by operators. Never a 500, nothing but documented
answers, nothing accepted that the document forbids, and nobody let in without a token.
"""

import json

import pytest
import schemathesis
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from kmarket.tests.proof import IS_FULL, cases, takes_its_time
from oddsfeed.tests.test_servers import served

pytestmark = [pytest.mark.django_db(transaction=True), takes_its_time]

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.ignored_auth,
]
TRIES = {
    GenerationMode.POSITIVE: cases(every_day=3, full=150),
    GenerationMode.NEGATIVE: cases(every_day=1, full=100),
}
# The contract's two ways to write an id.
WORDS = {"marketId": "market_id", "orderId": "order_id"}


@pytest.fixture
def web(transactional_db):
    with served() as (_, host):
        yield f"http://{host}"


@pytest.fixture
def real(market, place, open_pool):
    """Ids of what is there, by their name."""
    order = place()
    return {"market_id": [market.pk, open_pool().pk], "order_id": [order.pk]}


def operations():
    path = django_settings.BASE_DIR / "docs/openapi.json"
    api = schemathesis.openapi.from_dict(json.loads(path.read_text(encoding="utf-8")))
    return [found.ok() for found in api.get_all_operations()]


def modes_of(operation):
    """Nothing can be wrong with a request that says nothing."""
    says = len(operation.path_parameters) + len(operation.query) + len(operation.body)
    return list(GenerationMode) if says else [GenerationMode.POSITIVE]


def aim(case, real, data):
    """Let a case be about what is there, where it could be about anything."""
    for part in (case.path_parameters, case.query, case.body):
        for name in part if isinstance(part, dict) else ():
            ids = real.get(WORDS.get(name, name))
            if ids and isinstance(part[name], int) and data.draw(st.booleans()):
                part[name] = data.draw(st.sampled_from(ids))


def try_out(operation, *, mode, web, real, callers):
    @settings(
        max_examples=TRIES[mode],
        derandomize=not IS_FULL,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def tried(case, data):
        aim(case, real, data)
        headers = data.draw(st.sampled_from(callers))
        case.call_and_validate(base_url=web, headers=headers, checks=CHECKS)

    tried()


def test_the_api_keeps_to_its_document(web, real, client_of, alice, trader):
    for operation in operations():
        # New tokens for each: one of the endpoints ends sessions.
        callers = [client_of(trader).headers, client_of(alice).headers, {}]
        for mode in modes_of(operation):
            try_out(operation, mode=mode, web=web, real=real, callers=callers)
