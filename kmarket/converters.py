"""Numbers in paths: <id:market_id>. One that nothing can have leads nowhere, which is a 404."""

from django.urls import register_converter

from kmarket.ids import SAFE_MAX


class SafeId:
    """A market's or an order's number, 1 to 2^53 - 1."""

    regex = "[0-9]{1,16}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if not 0 < number <= SAFE_MAX:
            raise ValueError(value)
        return number

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(SafeId, "id")
