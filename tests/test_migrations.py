"""The migrations make exactly the tables that the models describe."""
from kuma_lite import app, db


def schema():
    """{name: SQL} of every table and index, spelled alike."""
    rows = db.database.execute_sql('SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL').fetchall()
    return {name: sql.replace('IF NOT EXISTS ', '') for name, sql in rows
            if name != 'schema_migration' and not name.startswith(('sqlite_', 'schema_migration_'))}


def test_the_migrated_tables_are_those_of_the_models(tmp_path):
    db.open_file(tmp_path / 'migrated.db')
    db.migrate()
    with db.connection():
        migrated = schema()
    db.open_file(tmp_path / 'models.db')
    with db.connection():
        db.database.create_tables(app.MODELS)
        assert migrated == schema()


def test_a_second_run_does_nothing(tmp_path):
    db.open_file(tmp_path / 'wiki.db')
    assert db.migrate() and not db.migrate()
