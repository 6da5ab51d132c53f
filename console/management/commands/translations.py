"""Bring the catalogue of the console's translations up to date with the code."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from console import po, texts

FOLDER = Path(__file__).parents[2] / "locale/zh_Hans/LC_MESSAGES"


class Command(BaseCommand):
    help = (
        "Write every text of the console into console/locale, keep what is translated, compile it,"
        " and name what waits for a translator."
    )

    def handle(self, *args: Any, **options: Any) -> str:
        source = FOLDER / "django.po"
        known = po.read(source.read_text(encoding="utf-8"))
        places = texts.collected()
        source.write_text(po.written(known, places=places), encoding="utf-8")
        kept = {text: known.translated.get(text, "") for text in places}
        catalogue = po.Catalogue(known.head, kept)
        (FOLDER / "django.mo").write_bytes(po.compiled(catalogue))
        for text, translated in kept.items():
            if not translated:
                self.stdout.write(f"not translated: {text.words}")
        dropped = len(known.translated.keys() - places.keys())
        return f"{len(kept)} texts, {dropped} dropped."
