"""The console's pages of people, sessions and audit: what they show, and what the buttons do."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.access import caller_of
from accounts.errors import Unauthenticated
from accounts.models import AdminAction, Role, Session, User
from accounts.services import set_role
from conftest import ALICE, BOB

USERS = "/admin/accounts/user/"
SESSIONS = "/admin/accounts/session/"
ACTIONS = "/admin/accounts/adminaction/"
PASSWORD = "a long password"


@pytest.fixture
def console(trader) -> Client:
    """Somebody who may do everything, signed in with name and password."""
    client = Client()
    assert client.login(username="trader", password=PASSWORD)
    return client


def operator(role: Role) -> Client:
    """Somebody with this role, and a password."""
    user = User.objects.create_user(f"the {role}", password=PASSWORD)
    set_role(user=user, role=role, actor=None, reason="test")
    client = Client()
    client.force_login(user)
    return client


def press(client, page, action, rows, **fields) -> list[str]:
    """Press an action's button for these rows, and return what the page says."""
    body = {"action": action, "_selected_action": [str(row.pk) for row in rows]} | fields
    answer = client.post(page, body, follow=True)
    assert answer.status_code == 200
    return [str(message) for message in answer.context["messages"]]


def test_staff_sign_in_with_name_and_password(trader):
    answer = Client().post("/admin/login/", {"username": "trader", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/profile/")


def test_a_wallets_owner_has_no_way_into_the_console(db, owner):
    user = owner.sign_in().session.user
    answer = Client().post("/admin/login/", {"username": user.username, "password": ""})
    assert answer.status_code == 200
    assert b"errornote" in answer.content


@pytest.mark.parametrize("page", [USERS, SESSIONS, ACTIONS, "/admin/auth/group/"])
def test_the_lists_are_shown(console, owner, page):
    set_role(user=owner.sign_in().session.user, role=Role.TRADER, actor=None, reason="test")
    assert console.get(page).status_code == 200


@pytest.mark.parametrize(
    "words", [ALICE, ALICE.upper().replace("X", "x"), ALICE[:12], "Lovelace", "ada@example.com"]
)
def test_people_are_found_by_address_and_by_name(console, alice, bob, words):
    User.objects.filter(pk=alice.pk).update(last_name="Lovelace", email="ada@example.com")
    found = console.get(USERS, {"q": words}).context["cl"].result_list
    assert list(found) == [alice]


def test_a_role_is_given_with_a_reason(console, trader, alice, bob):
    said = press(console, USERS, "give_role", [alice, bob], role="settler", reason="season")

    assert said == ["2 given the role Settler."]
    for user in (alice, bob):
        user.refresh_from_db()
        assert (user.role, user.is_staff) == ("settler", True)
    actions = AdminAction.objects.filter(action="user.set_role")
    assert {(action.actor, action.reason) for action in actions} == {(trader, "season")}


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"role": "settler", "reason": ""}, "Say why: the reason goes into the audit."),
        ({"role": "settler", "reason": "  "}, "Say why: the reason goes into the audit."),
        ({"role": "", "reason": "x"}, "Choose a role."),
    ],
)
def test_no_role_without_a_reason_and_no_reason_without_a_role(console, bob, fields, complaint):
    assert press(console, USERS, "give_role", [bob], **fields) == [complaint]
    bob.refresh_from_db()
    assert bob.role == "user"
    assert not AdminAction.objects.filter(action="user.set_role").exists()


def test_a_role_that_there_is_not_is_refused(console, bob):
    console.post(
        USERS, {"action": "give_role", "_selected_action": [bob.pk], "role": "owner", "reason": "x"}
    )
    bob.refresh_from_db()
    assert bob.role == "user"


def test_all_sessions_of_a_person_are_ended(console, trader, owner):
    issued = owner.sign_in()

    said = press(console, USERS, "end_sessions", [issued.session.user], reason="stolen phone")

    assert said == ["1 signed out everywhere."]
    with pytest.raises(Unauthenticated):
        caller_of(issued.token)
    action = AdminAction.objects.get(action="user.end_sessions")
    assert (action.actor, action.reason) == (trader, "stolen phone")


def test_an_account_is_disabled_and_enabled(console, owner):
    issued = owner.sign_in()
    user = issued.session.user

    assert press(console, USERS, "disable", [user], reason="fraud") == ["1 disabled."]
    user.refresh_from_db()
    assert not user.is_active
    with pytest.raises(Unauthenticated):
        caller_of(issued.token)

    assert press(console, USERS, "enable", [user], reason="sorry") == ["1 enabled."]
    user.refresh_from_db()
    assert user.is_active


def test_one_session_is_ended_and_its_neighbour_is_not(console, owner):
    one, other = owner.sign_in(), owner.sign_in()

    assert press(console, SESSIONS, "end", [one.session], reason="lost") == ["1 ended."]

    with pytest.raises(Unauthenticated):
        caller_of(one.token)
    assert caller_of(other.token).session_id == other.session.pk
    assert AdminAction.objects.get(action="session.end").target_id == str(one.session.pk)


def test_sockets_tokens_are_not_listed(console, owner):
    session = owner.sign_in().session
    Session.objects.create(kind="ws", parent=session, expires_at=session.expires_at)
    listed = console.get(SESSIONS).context["cl"].result_list
    assert [row for row in listed if row.user_id == session.user_id] == [session]


FORM = {"username": BOB, "first_name": "Bob", "last_name": "", "email": ""}


def test_names_are_edited_and_powers_are_not(console, bob):
    powers = {
        "role": "admin",
        "is_staff": "on",
        "is_superuser": "on",
        "is_active": "",
        "address": ALICE,
        "groups": [Group.objects.get(name="admin").pk],
        "user_permissions": [1],
    }

    answer = console.post(f"{USERS}{bob.pk}/change/", FORM | powers)

    assert answer.status_code == 302
    bob.refresh_from_db()
    assert bob.first_name == "Bob"
    assert (bob.role, bob.is_staff, bob.is_superuser, bob.is_active) == ("user", False, False, True)
    assert (bob.address, bob.groups.count(), bob.user_permissions.count()) == (BOB, 0, 0)


def test_the_form_offers_no_powers(console, bob):
    form = console.get(f"{USERS}{bob.pk}/change/").context["adminform"].form
    assert set(form.fields) == {"username", "password", "first_name", "last_name", "email"}


def test_a_password_is_set_and_opens_the_console(console, bob):
    set_role(user=bob, role=Role.AUDITOR, actor=None, reason="test")
    answer = console.post(
        f"{USERS}{bob.pk}/password/",
        {
            "password1": "another long one",
            "password2": "another long one",
            "usable_password": "true",
        },
    )
    assert answer.status_code == 302
    assert Client().login(username=BOB, password="another long one")


NEW = {"new_password1": "another long one", "new_password2": "another long one"}


def test_a_new_password_ends_every_session_of_its_owner(console, trader, owner):
    issued = owner.sign_in()
    page = f"{USERS}{issued.session.user.pk}/password/"
    passwords = {"password1": "another long one", "usable_password": "true"}

    console.post(page, passwords | {"password2": "a different one"})
    assert caller_of(issued.token)
    console.post(page, passwords | {"password2": "another long one"})

    with pytest.raises(Unauthenticated):
        caller_of(issued.token)
    action = AdminAction.objects.get(action="user.set_password")
    assert (action.actor, action.after) == (trader, {"ended": 1})


def test_who_changes_their_own_password_stays_here_and_nowhere_else(console, trader):
    elsewhere = Client()
    elsewhere.force_login(trader)

    wrong = console.post("/admin/password_change/", {"old_password": "wrong", **NEW})
    assert wrong.status_code == elsewhere.get(USERS).status_code == 200
    done = console.post("/admin/password_change/", {"old_password": PASSWORD, **NEW})

    assert (done.status_code, console.get(USERS).status_code) == (302, 200)
    assert elsewhere.get(USERS).status_code == 302
    assert Session.objects.live().filter(user=trader).count() == 1
    assert AdminAction.objects.filter(action="user.set_password").count() == 1


def test_names_and_newcomers_are_in_the_audit(console, trader, bob):
    console.post(f"{USERS}{bob.pk}/change/", FORM)
    action = AdminAction.objects.get(action="user.edit")
    assert (action.actor, action.target_id) == (trader, str(bob.pk))
    assert (action.before, action.after) == ({"first_name": ""}, {"first_name": "Bob"})

    passwords = {"password1": "a very long word", "password2": "a very long word"}
    console.post(f"{USERS}add/", {"username": "maria", "usable_password": "true", **passwords})
    action = AdminAction.objects.get(action="user.add")
    assert action.after == {"username": "maria"}


def test_an_operator_with_a_name_is_made_and_may_do_nothing_yet(console):
    answer = console.post(
        f"{USERS}add/",
        {
            "username": "maria",
            "usable_password": "true",
            "password1": "a very long word",
            "password2": "a very long word",
        },
    )

    assert answer.status_code == 302
    maria = User.objects.get(username="maria")
    assert (maria.role, maria.is_staff, maria.address) == ("user", False, None)
    assert maria.check_password("a very long word")


def test_nobody_is_deleted(console, bob):
    assert console.post(f"{USERS}{bob.pk}/delete/", {"post": "yes"}).status_code == 403
    assert console.post(USERS, {"action": "delete_selected", "_selected_action": [bob.pk]})
    assert User.objects.filter(pk=bob.pk).exists()


@pytest.mark.parametrize("page", [SESSIONS, ACTIONS])
def test_history_is_shown_and_not_edited(console, owner, page):
    user = owner.sign_in().session.user
    set_role(user=user, role=Role.TRADER, actor=None, reason="test")
    row = user.sessions.get() if page == SESSIONS else AdminAction.objects.get()

    assert console.get(f"{page}{row.pk}/change/").status_code == 200
    assert console.post(f"{page}{row.pk}/change/", {}).status_code == 403
    assert console.post(f"{page}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert console.get(f"{page}add/").status_code == 403


@pytest.mark.parametrize(
    ("role", "sees_people"),
    [(Role.TRADER, False), (Role.SETTLER, False), (Role.AUDITOR, True), (Role.ADMIN, True)],
)
def test_who_sees_people(db, role, sees_people):
    client = operator(role)
    for page in (USERS, SESSIONS, ACTIONS):
        assert client.get(page).status_code == (200 if sees_people else 403)


def test_an_auditor_sees_and_changes_nothing(db, bob):
    client = operator(Role.AUDITOR)
    session = Session.objects.create(kind="guest", expires_at="2100-01-01T00:00:00Z")
    before = AdminAction.objects.count()
    pressed = {"_selected_action": [bob.pk], "role": "admin", "reason": "mine"}

    client.post(USERS, pressed | {"action": "give_role"})
    client.post(USERS, pressed | {"action": "disable"})
    client.post(SESSIONS, pressed | {"action": "end", "_selected_action": [session.pk]})
    assert client.post(f"{USERS}{bob.pk}/change/", FORM).status_code == 403
    assert client.post(f"{USERS}{bob.pk}/password/", {}).status_code == 403

    bob.refresh_from_db()
    session.refresh_from_db()
    assert (bob.role, bob.is_active, session.revoked_at) == ("user", True, None)
    assert AdminAction.objects.count() == before


def test_an_operator_who_lost_the_role_is_out_at_the_next_click(db):
    client = operator(Role.ADMIN)
    assert client.get(USERS).status_code == 200

    user = User.objects.get(username="the admin")
    set_role(user=user, role=Role.USER, actor=None, reason="left")

    assert client.get(USERS).status_code == 302
