"""Tables whose rows are added and never changed, by a trigger in the database."""

from django.db import migrations


def append_only(table: str, *columns: str) -> migrations.RunSQL:
    """Return the migration step that makes the database refuse UPDATE and DELETE on `table`.

    With columns, only these stay as they were written. A statement that does not name them runs
    without the trigger, and costs what it did.
    """
    of_columns = f" OF {', '.join(columns)}" if columns else ""
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE{of_columns} OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION kmarket_refuse_change();",
        f"DROP TRIGGER append_only ON {table};",
    )


CREATE_SQL = """
CREATE FUNCTION kmarket_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: add a row that corrects the old one', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""
DROP_SQL = "DROP FUNCTION kmarket_refuse_change();"
