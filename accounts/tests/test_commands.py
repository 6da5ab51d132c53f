"""manage.py set_role: what it says, what it does, what it refuses."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AdminAction, User
from conftest import BOB

CHECKSUM = "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"


@pytest.fixture
def run(capsys):
    def command(*args):
        call_command("set_role", *args)
        return capsys.readouterr().out.strip()

    return command


def test_somebody_gets_a_role(bob, run):
    assert run(BOB, "trader") == f"Changed the role of {CHECKSUM} from user to trader."

    bob.refresh_from_db()
    assert (bob.role, bob.is_staff) == ("trader", True)
    action = AdminAction.objects.get(action="user.set_role")
    assert (action.actor, action.reason) == (None, "set by manage.py set_role")


def test_an_address_that_never_signed_in_is_made_a_user(db, run):
    run(CHECKSUM, "admin", "--reason", "the first one")

    user = User.objects.get()
    assert (user.address, user.role, user.is_superuser) == (BOB, "admin", False)
    assert not user.has_usable_password()
    assert user.has_perm("accounts.set_role")
    assert AdminAction.objects.get().reason == "the first one"


def test_a_dry_run_shows_it_and_keeps_nothing(db, run):
    assert run(BOB, "admin", "--dry-run") == (
        f"Would change the role of {CHECKSUM} from user to admin."
    )
    assert not User.objects.exists()
    assert not AdminAction.objects.exists()


def test_the_same_role_says_so(bob, run):
    assert run(BOB, "user") == f"{CHECKSUM} has the role user already."
    assert not AdminAction.objects.exists()


@pytest.mark.parametrize("address", ["0x12", "bob", "0xBb" + "b" * 38])
def test_what_is_no_address_is_refused(db, run, address):
    with pytest.raises(CommandError, match=r"Send the address|EIP-55"):
        run(address, "trader")
    assert not User.objects.exists()


def test_what_is_no_role_is_refused(bob, run):
    with pytest.raises(CommandError, match="invalid choice: 'owner'"):
        run(BOB, "owner")
