from io import StringIO

from django.core.management import call_command


def test_the_models_have_all_their_migrations(db):
    said = StringIO()

    # Where one is missing it shows it and ends with SystemExit.
    call_command("makemigrations", check_changes=True, dry_run=True, stdout=said)

    assert said.getvalue() == "No changes detected\n"
