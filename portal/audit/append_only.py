"""Tables that are only added to: the database itself refuses what would unsay a row."""

from sqlalchemy import DDL, Table, event


def refuse_changes(table: Table, *, function: str, said: str) -> None:
    """Have both databases refuse UPDATE and DELETE of the table's rows, and PostgreSQL TRUNCATE, with ``said``.

    ``function`` is the name of PostgreSQL's trigger function. The migrations write the same statements.
    """
    name = table.name
    refusing = {
        "sqlite": [
            f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name}"
            f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
            for verb in ("UPDATE", "DELETE")
        ],
        "postgresql": [
            (
                f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN RAISE EXCEPTION '{said}'; END $$"
            ),
            (
                f"CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE ON {name}"
                f" FOR EACH ROW EXECUTE FUNCTION {function}()"
            ),
            (
                f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            ),
        ],
    }
    for dialect, statements in refusing.items():
        for statement in statements:
            refused = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", refused)
