"""What a migration does that the release before it would not survive.

While a release is rolled out, its migrations are applied and the processes of the release before
still run: for a minute, or for as long as it takes to go back. So a migration only adds, and what
is not used any more goes a release later. docs/deploy.md says how each change is made in such
steps; a test asks here about every migration since the first release.

What cannot be judged by rules, SQL above all, or is right for once, says why in its class:

    class Migration(migrations.Migration):
        beside_old_code = "Release 0.2.0 already ignores the column."
"""

from collections.abc import Iterator

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db.migrations import Migration
from django.db.migrations import operations as ops
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, Field, ManyToManyField
from django.db.models.fields import NOT_PROVIDED

_GONE = "the code before still uses it: drop it one release later"
_RENAMED = "the code before knows the old name: add the new one, fill both, drop the old one later"
_UNKNOWN = "no rule can judge it: say in `beside_old_code` why the code before is fine with it"
_REFUSED: tuple[tuple[type[Operation], str], ...] = (
    (ops.RemoveField, _GONE),
    (ops.DeleteModel, _GONE),
    (ops.RenameField, _RENAMED),
    (ops.RenameModel, _RENAMED),
    (ops.AlterModelTable, _RENAMED),
    (ops.RunSQL, _UNKNOWN),
    (ops.RunPython, _UNKNOWN),
    (ops.SeparateDatabaseAndState, _UNKNOWN),
)


def hindrances(migration: Migration, before: ProjectState) -> list[str]:
    """Return a sentence for each thing that speaks against applying it under a running house.

    `before` is the state that it is applied to.
    """
    if getattr(migration, "beside_old_code", ""):
        return []
    new = {op.name_lower for op in migration.operations if isinstance(op, ops.CreateModel)}
    name = f"{migration.app_label}.{migration.name}"
    state = before.clone()
    found = []
    for op in migration.operations:
        # Nobody writes to a table yet that this very migration makes.
        if getattr(op, "model_name_lower", None) not in new:
            found += [f"{name}: {op.describe()}: {why}." for why in _against(op, migration, state)]
        op.state_forwards(migration.app_label, state)
    return found


def _against(op: Operation, migration: Migration, state: ProjectState) -> Iterator[str]:
    yield from (why for kind, why in _REFUSED if isinstance(op, kind))
    match op:
        case ops.AddField():
            if _is_demanded(op.field):
                yield "the code before inserts rows without it: let it be null, or give db_default"
        case ops.AlterField():
            old = state.models[migration.app_label, op.model_name_lower].fields[op.name]
            yield from _narrower(old, op.field)
        case AddConstraintNotValid():
            pass
        case ops.AddIndex() | ops.AddConstraint():
            yield from _locking(op, migration)
        case _:
            pass


def _locking(op: ops.AddIndex | ops.AddConstraint, migration: Migration) -> Iterator[str]:
    if isinstance(op, ops.AddConstraint):
        if isinstance(op.constraint, CheckConstraint):
            yield "nobody can write while rows are checked: use AddConstraintNotValid first"
        else:
            yield "nobody can write while its index is made: make that one concurrently first"
    elif not isinstance(op, AddIndexConcurrently):
        yield "nobody can write while it is made: use AddIndexConcurrently"
    elif migration.atomic:
        yield "it cannot be made in a transaction: set `atomic = False`"


def _is_demanded(field: Field) -> bool:
    """Tell whether a row cannot be inserted without it. `default` is Django's, not the table's."""
    return not (
        field.null or field.db_default is not NOT_PROVIDED or isinstance(field, ManyToManyField)
    )


def _narrower(old: Field, new: Field) -> Iterator[str]:
    if old.null and not new.null:
        yield "the code before stores null: check that nothing is null by a constraint, later"
    if old.get_internal_type() != new.get_internal_type() or old.db_column != new.db_column:
        yield "the code before stores the old kind: add a column, fill both, drop the old one later"
    elif old.max_length and (new.max_length or 0) < old.max_length:
        yield "the code before stores longer values"
