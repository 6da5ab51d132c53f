"""What each role may do, the groups that say so, and how somebody gets a role."""

import threading

import pytest
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.core.management.commands import flush
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.db.models.signals import post_migrate

from accounts import roles, services
from accounts.access import caller_of
from accounts.errors import Unauthenticated
from accounts.models import AdminAction, Role, Session, User

OPERATORS = [Role.TRADER, Role.SETTLER, Role.AUDITOR, Role.ADMIN]
KNOWN = {
    "markets.price_market",
    "markets.settle_market",
    "markets.manage_market",
    "markets.view_market",
    "betting.adjust_balance",
    "betting.view_order",
    "accounts.set_role",
    "accounts.end_sessions",
    "accounts.view_user",
    "accounts.view_adminaction",
}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.USER, set()),
        (Role.TRADER, {"markets.price_market", "markets.view_market", "betting.view_order"}),
        (Role.SETTLER, {"markets.settle_market", "markets.view_market", "betting.view_order"}),
        (Role.AUDITOR, {name for name in KNOWN if ".view_" in name}),
        (Role.ADMIN, KNOWN),
    ],
)
def test_what_a_role_may_do(role, expected):
    assert roles.permissions_of(role, KNOWN) == expected


def permissions(role: Role) -> set[str]:
    rows = Permission.objects.filter(group__name=role)
    return {
        f"{app}.{name}" for app, name in rows.values_list("content_type__app_label", "codename")
    }


def ours() -> set[str]:
    rows = Permission.objects.filter(content_type__app_label__in=roles.our_apps())
    return {
        f"{app}.{name}" for app, name in rows.values_list("content_type__app_label", "codename")
    }


def test_the_groups_are_there_and_say_what_the_roles_may_do(db):
    assert set(Group.objects.values_list("name", flat=True)) == set(OPERATORS)
    assert ours() >= KNOWN
    for role in OPERATORS:
        assert permissions(role) == roles.permissions_of(role, ours())


def test_our_apps_are_those_beside_manage_py():
    assert roles.our_apps() >= {"accounts", "betting", "chain", "kmarket", "markets", "oddsfeed"}
    assert not roles.our_apps() & {"auth", "admin", "rest_framework", "sessions"}


def test_making_the_groups_again_puts_them_right(db):
    group = Group.objects.get(name="trader")
    group.permissions.set(Permission.objects.filter(codename="delete_user"))
    Group.objects.get(name="auditor").delete()

    call_command("migrate", verbosity=0)

    for role in OPERATORS:
        assert permissions(role) == roles.permissions_of(role, ours())


@pytest.mark.parametrize("backwards", [False, True])
def test_the_groups_are_right_whatever_order_the_apps_come_in(db, backwards):
    Group.objects.all().delete()
    Permission.objects.all().delete()
    configs = sorted(apps.get_app_configs(), key=lambda config: config.label, reverse=backwards)

    for config in configs:
        # Django's own listener after ours, as it would be with accounts installed before auth.
        roles.make_groups(sender=config, using="default")
        create_permissions(config, verbosity=0)

    assert ours() >= KNOWN
    for role in OPERATORS:
        assert permissions(role) == roles.permissions_of(role, ours())


def test_a_flush_leaves_the_groups_behind(transactional_db, monkeypatch):
    # In tests it puts a copy back, which would show nothing.
    monkeypatch.setattr(flush, "emit_post_migrate_signal", emit_post_migrate_signal)
    call_command("flush", interactive=False, verbosity=0)

    assert set(Group.objects.values_list("name", flat=True)) == set(OPERATORS)
    assert permissions(Role.ADMIN) == ours()


def test_a_state_without_groups_has_none_made(db):
    class Nothing:
        def get_model(self, *_):
            raise LookupError

        get_app_config = get_model

    Group.objects.all().delete()
    roles.make_groups(sender=apps.get_app_config("accounts"), using="default", apps=Nothing())
    assert not Group.objects.exists()
    assert "accounts.roles" in [key[0] for key, *_ in post_migrate.receivers]


@pytest.fixture
def give(trader):
    """Give a person a role as the operator `trader` would."""

    def set_role(user, role, reason="new job"):
        return services.set_role(user=user, role=role, actor=trader, reason=reason)

    return set_role


@pytest.mark.parametrize("role", OPERATORS)
def test_a_role_is_a_field_a_group_and_a_way_into_the_console(bob, give, role):
    user = give(bob, role)

    bob.refresh_from_db()
    assert (user.role, bob.role) == (role, role)
    assert (bob.is_staff, bob.is_superuser) == (True, False)
    assert list(bob.groups.values_list("name", flat=True)) == [role]
    assert bob.get_all_permissions() == roles.permissions_of(role, ours())


def test_a_role_takes_the_place_of_the_one_before(bob, give):
    give(bob, Role.ADMIN)
    give(bob, Role.AUDITOR)
    assert list(bob.groups.values_list("name", flat=True)) == ["auditor"]

    give(bob, Role.USER)

    bob.refresh_from_db()
    assert (bob.role, bob.is_staff, bob.groups.count()) == ("user", False, 0)
    assert bob.get_all_permissions() == set()


def test_a_change_is_audited_with_before_and_after(bob, give, trader):
    give(bob, Role.SETTLER, reason="holidays")

    action = AdminAction.objects.get(action="user.set_role")
    assert (action.actor, action.target_id, action.reason) == (trader, str(bob.pk), "holidays")
    assert action.before == {
        "role": "user",
        "groups": [],
        "is_staff": False,
        "is_superuser": False,
    }
    assert action.after == {
        "role": "settler",
        "groups": ["settler"],
        "is_staff": True,
        "is_superuser": False,
    }


def test_the_same_role_again_changes_nothing(owner, give):
    user = owner.sign_in().session.user
    give(user, Role.TRADER)
    owner.sign_in()

    give(user, Role.TRADER)

    assert AdminAction.objects.filter(action="user.set_role").count() == 1
    assert Session.objects.live().count() == 1


def test_a_change_ends_the_sessions_because_the_role_is_in_the_token(owner, give):
    session = owner.sign_in()

    give(session.session.user, Role.TRADER)

    with pytest.raises(Unauthenticated):
        caller_of(session.token)
    assert caller_of(owner.sign_in().token).role == "trader"


def test_nothing_of_a_change_stays_when_it_is_rolled_back(owner, give):
    session = owner.sign_in()
    with transaction.atomic():
        give(session.session.user, Role.ADMIN)
        transaction.set_rollback(True)

    user = User.objects.get(pk=session.session.user.pk)
    assert (user.role, user.is_staff, user.groups.count()) == ("user", False, 0)
    assert not AdminAction.objects.filter(action="user.set_role").exists()
    assert caller_of(session.token).role == "user"


def test_a_superuser_who_gets_a_lesser_role_is_none_any_more(trader, give):
    other = User.objects.create_superuser("other", password="a long password")
    assert list(other.groups.values_list("name", flat=True)) == ["admin"]
    assert give(other, Role.ADMIN).is_superuser

    assert not give(other, Role.TRADER).is_superuser
    other.refresh_from_db()
    assert not other.has_perm("accounts.set_role")


def test_a_wallet_is_never_a_superuser(bob, give):
    User.objects.update(is_superuser=True)
    give(bob, Role.ADMIN)
    bob.refresh_from_db()
    assert not bob.is_superuser


def test_disabling_an_account_ends_its_sessions_and_is_audited(owner, trader):
    session = owner.sign_in()
    user = session.session.user

    services.set_active(user=user, active=False, actor=trader, reason="fraud")
    services.set_active(user=user, active=False, actor=trader, reason="fraud again")

    with pytest.raises(Unauthenticated):
        caller_of(session.token)
    action = AdminAction.objects.get(action="user.set_active")
    assert (action.before, action.after) == ({"active": True}, {"active": False})
    assert action.reason == "fraud"

    services.set_active(user=user, active=True, actor=trader, reason="sorry")
    with pytest.raises(Unauthenticated):
        caller_of(session.token)
    assert caller_of(owner.sign_in().token).user_id == user.pk


def test_a_sign_in_during_a_change_of_role_gets_the_new_role(transactional_db, owner):
    """The change holds the user until it commits; who signs in meanwhile waits for it."""
    user = owner.sign_in().session.user
    answer = owner.answer()
    opened = []

    def sign_in():
        opened.append(services._open_user_session(address=answer["address"], now=user.last_login))
        connection.close()

    thread = threading.Thread(target=sign_in)
    with transaction.atomic():
        services.set_role(user=user, role=Role.TRADER, actor=None, reason="race")
        thread.start()
        thread.join(0.2)
        assert opened == []
    thread.join(10)

    assert caller_of(opened[0].token).role == "trader"
