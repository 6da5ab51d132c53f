"""Amounts are whole numbers from the socket to the table."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from kmarket.api_fields import AddressStringField, AmountStringField, EpochMsField, IdField
from kmarket.fields import AMOUNT_MAX, AmountField


@pytest.mark.parametrize("value", [1.0, True, Decimal("1.5"), "1.0", "-1", "\u0661", b"1"])
def test_what_is_no_whole_number_is_no_amount(value):
    with pytest.raises(TypeError):
        AmountField().to_python(value)


@given(st.integers(1, AMOUNT_MAX))
def test_an_amount_string_is_read_and_written_exactly(value):
    field = AmountStringField()
    assert field.to_internal_value(str(value)) == value
    assert field.to_representation(value) == str(value)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans()))
def test_anything_else_is_refused_as_an_amount(value):
    field = AmountStringField()
    try:
        amount = field.to_internal_value(value)
    except ValidationError:
        return
    assert str(amount) == value


VITALIK = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"


@pytest.mark.parametrize("spelling", [VITALIK, VITALIK.lower(), "0x" + VITALIK[2:].upper()])
def test_an_address_has_one_form_inside_and_its_checksum_outside(spelling):
    field = AddressStringField()
    assert field.to_internal_value(spelling) == VITALIK.lower()
    assert field.to_representation(VITALIK.lower()) == VITALIK


@pytest.mark.parametrize(
    "address", [VITALIK.replace("dA", "Da"), VITALIK[:-1], VITALIK + "0", "d8" * 20, None, 7]
)
def test_a_wrong_checksum_or_length_is_refused(address):
    with pytest.raises(ValidationError):
        AddressStringField().to_internal_value(address)


@given(st.integers(0, 253_402_300_799_000))
def test_milliseconds_survive_the_way_in_and_out(ms):
    field = EpochMsField()
    assert field.to_representation(field.to_internal_value(ms)) == ms
    assert field.to_internal_value(str(ms)) == field.to_internal_value(ms)


@pytest.mark.parametrize("value", [0, -1, 2**53, "x", "1" * 17, 1.0, True, None])
def test_no_id_lies_outside_what_javascript_reads(value):
    with pytest.raises(ValidationError):
        IdField().to_internal_value(value)
