from io import StringIO

from django.conf import settings
from django.core.management import call_command


def test_the_catalogue_of_errors_is_what_the_classes_say():
    printed = StringIO()
    call_command("error_catalogue", stdout=printed)
    page = (settings.BASE_DIR / "docs/errors.md").read_text(encoding="utf-8")
    assert page == printed.getvalue(), "run: manage.py error_catalogue > docs/errors.md"
