"""A migration that no version has: new tables, values made of others, a table rebuilt that others need."""


def up(migrator, db):
    db.execute_sql('ALTER TABLE revision ADD COLUMN words INTEGER NOT NULL DEFAULT 0')
    for number, content in db.execute_sql('SELECT id, content FROM revision').fetchall():
        db.execute_sql('UPDATE revision SET words = ? WHERE id = ?', (len(content.split()), number))
    migrator.migrate(migrator.drop_not_null('person', 'email', legacy=True))
    db.execute_sql("UPDATE person SET email = NULL WHERE email = ''")
    db.execute_sql("UPDATE page SET title = title || ' \u2713', html = html || html")
    for number in range(10):
        db.execute_sql(f'CREATE TABLE made_{number} (id INTEGER PRIMARY KEY, page_id INTEGER NOT NULL '
                       'REFERENCES page (id), text TEXT NOT NULL)')
        db.execute_sql(f'CREATE INDEX made_{number}_page ON made_{number} (page_id)')
        db.execute_sql(f'INSERT INTO made_{number} (page_id, text) SELECT page_id, content FROM revision')
    db.execute_sql('ALTER TABLE refusals RENAME TO refused')
    db.execute_sql('DROP TABLE spam_trace')
