"""What each role may do, and the Django groups that say so."""

from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.apps import apps as present_apps
from django.conf import settings
from django.contrib.auth.management import create_permissions

from accounts.models import Role

# What a role does; every role sees what it works on.
DOES = {
    Role.TRADER: ("markets.price_market",),
    Role.SETTLER: ("markets.settle_market",),
    Role.AUDITOR: ("console.request_check",),
}
# Whose rows a trader or a settler need not see: people, their sessions, what operators did.
PRIVATE = frozenset({"accounts"})


def permissions_of(role: Role, known: set[str]) -> set[str]:
    """Return which of the `known` permissions, as "app.codename", a role has."""
    if role == Role.USER:
        return set()
    if role == Role.ADMIN:
        return known
    hidden = frozenset() if role == Role.AUDITOR else PRIVATE
    seen = {name for name in known if ".view_" in name and name.partition(".")[0] not in hidden}
    return seen | (known & set(DOES[role]))


def make_groups(sender: AppConfig, using: str, apps: Any = present_apps, **_: Any) -> None:
    """Give each role's group its permissions, no more and no fewer. Listens to post_migrate.

    It is sent for one app after the other, and after every flush. Each time the groups are right
    for the permissions that there are; Django's own listener may come before or after this one,
    so the app's are made here first.
    """
    if sender.label not in our_apps():
        return
    create_permissions(sender, verbosity=0, using=using, apps=apps)
    try:
        group_model = apps.get_model("auth", "Group")
        permission_model = apps.get_model("auth", "Permission")
    except LookupError:
        # A migration to a state before there were any.
        return
    ours = permission_model.objects.using(using).filter(content_type__app_label__in=our_apps())
    numbers = {
        f"{app}.{codename}": number
        for number, app, codename in ours.values_list("pk", "content_type__app_label", "codename")
    }
    for role in Role:
        if role == Role.USER:
            continue
        group, _is_new = group_model.objects.using(using).get_or_create(name=role.value)
        group.permissions.set([numbers[name] for name in permissions_of(role, set(numbers))])


def our_apps() -> set[str]:
    """Return the labels of the apps that lie beside manage.py."""
    return {
        config.label
        for config in present_apps.get_app_configs()
        if Path(config.path).parent == settings.BASE_DIR
    }
