"""What admins choose about the site on the web, and its logo."""

STATEMENTS = [
    """CREATE TABLE "picture" ("file" TEXT NOT NULL PRIMARY KEY, "width" INTEGER NOT NULL, "height" INTEGER NOT NULL, "data" BLOB NOT NULL)""",
    """CREATE TABLE "setting" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "key" TEXT NOT NULL, "value" TEXT, "person_id" INTEGER, "at" REAL NOT NULL, FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE SET NULL)""",
    """CREATE INDEX "setting_key" ON "setting" ("key")""",
    """CREATE INDEX "setting_person_id" ON "setting" ("person_id")""",
]


def up(migrator, db):
    for statement in STATEMENTS:
        db.execute_sql(statement)
