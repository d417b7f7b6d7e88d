"""Who signs up confirms the address first, and a name is taken only then; people have a time zone."""

STATEMENTS = [
    """ALTER TABLE "application" ADD COLUMN "confirmed_at" REAL""",
    """UPDATE "application" SET "confirmed_at" = "at" """,
    """DROP INDEX "application_key" """,
    """CREATE UNIQUE INDEX "application_key" ON "application" ("key") WHERE "confirmed_at" IS NOT NULL""",
    """ALTER TABLE "person" ADD COLUMN "timezone" TEXT NOT NULL DEFAULT ''""",
]


def up(migrator, db):
    for statement in STATEMENTS:
        db.execute_sql(statement)
