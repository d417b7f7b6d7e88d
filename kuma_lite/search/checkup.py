"""Whether the search index holds the pages that there are, and no others."""
from kuma_lite import db
from kuma_lite.findings import Finding, count
from kuma_lite.search import indexing

# A page that waits for its task is none that the index lacks.
LACKING = '''
    SELECT id FROM page WHERE key IS NOT NULL
      AND (id NOT IN (SELECT page_id FROM search_entry) OR id NOT IN (SELECT rowid FROM search_index))
      AND NOT EXISTS (SELECT 1 FROM task WHERE subject = 'page:' || page.id AND subject != ''
                      AND name = 'search.index' AND state IN ('queued', 'running'))'''
STRANGE = '''
    SELECT rowid FROM search_index WHERE rowid NOT IN (SELECT id FROM page WHERE key IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM task WHERE subject = 'page:' || search_index.rowid AND subject != ''
                      AND name = 'search.index' AND state IN ('queued', 'running'))'''


def index(visit):
    lacking, strange = _ids(LACKING), _ids(STRANGE)
    for ids, words in ((lacking, 'Not found'), (strange, 'Gone, and still found')):
        if ids:
            yield Finding(f'{words} by the search: {count(len(ids), "page")}.',
                          'Type `tasks run search.rebuild`', mend=lambda ids=ids: _refresh(ids))


def _refresh(ids):
    for page_id in ids:
        indexing.refresh(page_id)
    return f'The index is right again for {count(len(ids), "page")}.'


def _ids(sql):
    return [number for number, in db.database.execute_sql(sql)]
