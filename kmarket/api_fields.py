"""JSON forms of values that every app uses, and how JSON comes in."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, NoReturn

from eth_utils.address import is_checksum_address, to_checksum_address
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser

from kmarket.fields import AMOUNT_DIGITS, AMOUNT_MAX
from kmarket.ids import SAFE_MAX
from kmarket.schema import shapes

_DIGITS = re.compile(rf"[1-9][0-9]{{0,{AMOUNT_DIGITS - 1}}}")
_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
# Years 1 to 9999 are what a datetime can hold; we ask for less than that.
_MS_MAX = 253_402_300_799_000


class AlwaysJSON(BaseContentNegotiation):
    """The API speaks JSON, whatever a client says it accepts: never a 406."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """Return the parser of the request's content type, or None for a 415."""
        content_type = request.content_type.partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class StrictJSONParser(BaseParser):
    """UTF-8 JSON whose numbers keep every digit: fractions become `Decimal`, never floats."""

    media_type = JSONParser.media_type

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return json.loads(
                stream.read().decode("utf-8"), parse_float=Decimal, parse_constant=_no_constant
            )
        except (ValueError, RecursionError) as exc:
            raise ParseError("The body is not JSON in UTF-8.") from exc


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


class StrictSerializer(serializers.Serializer):
    """A body whose unknown members are refused: a misspelt limit must not be ignored."""

    # For the schema.
    example: ClassVar[Mapping[str, Any]]

    def refuse(self, key: str) -> NoReturn:
        """Refuse the whole body with one of `default_error_messages`."""
        raise serializers.ValidationError({"non_field_errors": [self.error_messages[key]]})

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        assert isinstance(data, Mapping), data
        if unknown := sorted(set(data) - set(self.fields)):
            raise serializers.ValidationError(
                {name: ["There is no such member."] for name in unknown}
            )
        return values


class AmountStringField(serializers.Field):
    """A positive amount as a string of digits; a JSON number would be rounded by JavaScript."""

    shape = shapes.PositiveAmount
    default_error_messages = {
        "invalid": "Send the amount as a string of 1 to 78 digits, more than 0."
    }

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not _DIGITS.fullmatch(data) or int(data) > AMOUNT_MAX:
            self.fail("invalid")
        return int(data)

    def to_representation(self, value: int) -> str:
        return str(value)


class AddressStringField(serializers.Field):
    """An EVM address: any single case, or its right EIP-55 checksum. Lower case inside."""

    shape = shapes.AnyAddress
    default_error_messages = {
        "invalid": "Send the address as 0x and 40 hex digits.",
        "checksum": "The address has mixed case but not its EIP-55 checksum.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not _ADDRESS.fullmatch(data):
            self.fail("invalid")
        digits = data[2:]
        if digits not in {digits.lower(), digits.upper()} and not is_checksum_address(data):
            self.fail("checksum")
        return "0x" + digits.lower()

    def to_representation(self, value: str) -> str:
        return to_checksum_address(value)


class EpochMsField(serializers.Field):
    """An instant as whole milliseconds since 1970, UTC."""

    shape = shapes.Ms
    default_error_messages = {"invalid": "Send the time as whole milliseconds since 1970 (UTC)."}

    def to_internal_value(self, data: Any) -> datetime:
        if isinstance(data, str) and data.isascii() and data.isdecimal() and len(data) <= 15:  # noqa: PLR2004
            data = int(data)  # a query parameter
        if not isinstance(data, int) or isinstance(data, bool) or not 0 <= data <= _MS_MAX:
            self.fail("invalid")
        return datetime.fromtimestamp(data // 1000, tz=UTC).replace(microsecond=data % 1000 * 1000)

    def to_representation(self, value: datetime) -> int:
        return epoch_ms(value)


class IdField(serializers.Field):
    """A market's or an order's number, as a JSON number; in a query, as digits."""

    shape = shapes.Id
    default_error_messages = {"invalid": "Send the id as a whole number below 2^53."}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and data.isascii() and data.isdecimal() and len(data) <= 16:  # noqa: PLR2004
            data = int(data)
        if not isinstance(data, int) or isinstance(data, bool) or not 0 < data <= SAFE_MAX:
            self.fail("invalid")
        return data

    def to_representation(self, value: int) -> int:
        return value


def epoch_ms(instant: datetime) -> int:
    """Return whole milliseconds since 1970, rounded down."""
    # In integers: a float of today's microseconds has no digit to spare.
    delta = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000
