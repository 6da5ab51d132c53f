"""Which changes of the tables a house survives while its processes are replaced."""

import pytest
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import models
from django.db.migrations import Migration
from django.db.migrations import operations as ops
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import Q

from kmarket.rollout import hindrances

# The last migration of each app that the first release has. What comes later keeps to the rules.
FIRST_RELEASE = {
    "accounts": 2,
    "betting": 7,
    "chain": 3,
    "console": 1,
    "kmarket": 1,
    "markets": 5,
    "trading": 4,
    "vault": 2,
}
BETS = ops.CreateModel(
    "Bet",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("note", models.CharField(max_length=20, null=True)),
    ],
)
CHECK = models.CheckConstraint(name="note_known", condition=Q(note="x"))
INDEX = models.Index(name="by_note", fields=["note"])
FINE = [
    ops.AddField("bet", "odds", models.IntegerField(null=True)),
    ops.AddField("bet", "odds", models.IntegerField(db_default=100)),
    ops.AddField("bet", "friends", models.ManyToManyField("shop.bet")),
    ops.AlterField("bet", "note", models.CharField(max_length=40, null=True)),
    ops.AlterModelOptions("bet", {"verbose_name": "a bet"}),
    ops.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
    ops.RemoveIndex("bet", "by_note"),
    AddConstraintNotValid("bet", CHECK),
    ValidateConstraint("bet", "note_known"),
]
REFUSED = [
    (ops.RemoveField("bet", "note"), "drop it one release later"),
    (ops.DeleteModel("Bet"), "drop it one release later"),
    (ops.RenameField("bet", "note", "remark"), "knows the old name"),
    (ops.RenameModel("Bet", "Wager"), "knows the old name"),
    (ops.AlterModelTable("bet", "wagers"), "knows the old name"),
    # Django takes its own default away from the table when it has filled the rows.
    (ops.AddField("bet", "odds", models.IntegerField(default=100)), "give db_default"),
    (ops.AlterField("bet", "note", models.CharField(max_length=20)), "stores null"),
    (ops.AlterField("bet", "note", models.IntegerField(null=True)), "the old kind"),
    (ops.AlterField("bet", "note", models.CharField(max_length=5, null=True)), "longer values"),
    (ops.AddIndex("bet", INDEX), "use AddIndexConcurrently"),
    (AddIndexConcurrently("bet", INDEX), "set `atomic = False`"),
    (ops.AddConstraint("bet", CHECK), "use AddConstraintNotValid"),
    (ops.AddConstraint("bet", models.UniqueConstraint(name="x", fields=["note"])), "its index"),
    (ops.RunSQL("ALTER TABLE shop_bet DROP note"), "say in `beside_old_code`"),
    (ops.RunPython(ops.RunPython.noop), "say in `beside_old_code`"),
]


def migration(*operations, **attributes):
    made = Migration("0002_change", "shop")
    made.operations = list(operations)
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def before():
    state = ProjectState()
    BETS.state_forwards("shop", state)
    ops.AddIndex("bet", INDEX).state_forwards("shop", state)
    return state


@pytest.mark.parametrize("operation", FINE, ids=lambda op: op.describe())
def test_what_only_adds_is_fine(before, operation):
    if isinstance(operation, ValidateConstraint):
        AddConstraintNotValid("bet", CHECK).state_forwards("shop", before)
    assert hindrances(migration(operation), before) == []


def test_an_index_that_is_made_beside_writers_is_fine(before):
    other = models.Index(name="by_id", fields=["id"])
    assert hindrances(migration(AddIndexConcurrently("bet", other), atomic=False), before) == []


@pytest.mark.parametrize(("operation", "why"), REFUSED, ids=[op.describe() for op, _ in REFUSED])
def test_what_the_code_before_would_not_survive_is_named(before, operation, why):
    if isinstance(operation, (ops.AddIndex, AddIndexConcurrently)):
        ops.RemoveIndex("bet", "by_note").state_forwards("shop", before)
    (said,) = hindrances(migration(operation), before)
    assert said.startswith(f"shop.0002_change: {operation.describe()}: ")
    assert why in said


def test_a_reason_that_is_written_down_is_believed(before):
    dropped = ops.RemoveField("bet", "note")
    assert hindrances(migration(dropped, beside_old_code="Nothing reads it."), before) == []


def test_a_table_that_is_new_may_get_anything(before):
    new = ops.CreateModel(
        "Other", [("id", models.BigAutoField(primary_key=True)), ("note", models.TextField())]
    )
    assert hindrances(migration(new, ops.AddIndex("other", INDEX)), before) == []


def test_every_migration_since_the_first_release_can_be_applied_under_a_running_house():
    loader = MigrationLoader(None)
    found = []
    for app, last in FIRST_RELEASE.items():
        for (label, name), one in sorted(loader.disk_migrations.items()):
            if label == app and int(name[:4]) > last:
                found += hindrances(one, loader.project_state((label, name), at_end=False))
    assert found == []


def test_every_app_with_tables_keeps_to_it():
    ours = {label for label, _ in MigrationLoader(None).disk_migrations}
    theirs = {"admin", "auth", "contenttypes", "sessions"}
    assert ours - theirs == FIRST_RELEASE.keys()
