"""A row of any model, where a test needs one and not what it says."""

from datetime import UTC, datetime

from django.db.models import NOT_PROVIDED, Field, Model

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# By the kind of a field: the least that its column takes.
LEAST = {
    "BinaryField": b"x",
    "BooleanField": False,
    "DateTimeField": NOW,
    "JSONField": {},
    "AddressField": "0x" + "1f" * 20,
    "HashField": "0x" + "2e" * 32,
    "ArrayField": [1, 1],
    "AmountField": 1,
    "PositiveSmallIntegerField": 2,
    "PositiveIntegerField": 60,
    "PositiveBigIntegerField": 1,
    "BigIntegerField": 1,
    "CharField": "x",
    "TextField": "x",
}
# By model and field: what its constraints ask for beyond that.
SAID = {
    "accounts.AuditSeal": {"digest": "2e" * 32, "history": "x"},
    "accounts.Session": {"kind": "guest"},
    "chain.RawLog": {"topics": ["0x" + "2e" * 32], "data": "0x"},
    "trading.Liquidity": {"fees_paid": 0},
}


def a_row_of(model: type[Model]) -> Model:
    """Return the first row that there is, else make one, and whatever it points to."""
    found = model._default_manager.order_by("pk").first()
    if found is not None:
        return found
    values = {field.name: _least(field) for field in model._meta.concrete_fields if _must(field)}
    return model._default_manager.create(**values | SAID.get(model._meta.label, {}))


def _must(field: Field) -> bool:
    """Tell whether a row has to say a field's value."""
    has_its_own = field.has_default() or field.db_default is not NOT_PROVIDED
    is_made = field.primary_key and field.get_internal_type().endswith("AutoField")
    return not (field.null or has_its_own or is_made or getattr(field, "auto_now_add", False))


def _least(field: Field):
    if field.is_relation:
        return a_row_of(field.related_model)
    if field.choices:
        return next(iter(field.choices))[0]
    return LEAST[type(field).__name__]
