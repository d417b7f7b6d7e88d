"""Whether the values that tasks prepare are there and can be read."""
from kuma_lite import clock
from kuma_lite.findings import Finding, count, some
from kuma_lite.queue.cache import VALUES, Prepared
from kuma_lite.queue.tables import rows

OVERDUE = 3600      # seconds after which a refresh that was asked for should have landed
SLACK = 60          # seconds by which a value may be from the future
BROKEN = '''
    SELECT id FROM prepared
    WHERE NOT json_valid(data) OR computed_at > ? OR (refreshing AND expires_at < ?)'''


def prepared(visit):
    """A refresh that never landed, or a value that no page can show."""
    ids = [number for number, in rows(BROKEN, clock.now() + SLACK, clock.now() - OVERDUE)]
    found = [row for row in Prepared.select().where(Prepared.id.in_(ids[:10_000])) if row.name in VALUES]
    if found:
        yield Finding(f'{count(len(found), "prepared value is", "prepared values are")} damaged or late: '
                      f'{some(f"{row.name} {row.key}" for row in found)}.',
                      'See whether tasks run; who opens the page asks for a new one.',
                      mend=lambda: _compute(found))


def _compute(found):
    for row in found:
        Prepared.delete().where(Prepared.id == row.id).execute()
        VALUES[row.name].compute(row.key)
    return f'Computed {count(len(found), "value")} anew.'
