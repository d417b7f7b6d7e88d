"""The rules that need nobody else: each says in a sentence what is wrong with an edit, or ''."""
from collections import Counter

from kuma_lite import clock, db
from kuma_lite.config import settings
from kuma_lite.spam import classifier, patterns
from kuma_lite.spam.models import RuleList
from kuma_lite.spam.reading import digest, hosts
from kuma_lite.web.ratelimits import network

DAY, MINUTE = 24 * 3600, 60


def flood(new):
    """Very many edits from one account or address. Counted are those that are saved or stopped by now."""
    count = _count('spam_trace WHERE (address = ? OR person_id = ?) AND at > ?', settings.spam.flood,
                   network(new.address), new.author and new.author.id, clock.now() - MINUTE)
    return f'{count} edits in the last minute' if count >= settings.spam.flood else ''


def repeated(new):
    """The same text again and again, by anybody. Whom the wiki knows may repeat text without links."""
    mark = digest(new.content)
    if not mark or not (hosts(new.content) or is_new_account(new.author)):
        return ''
    count = _count('spam_trace WHERE digest = ? AND at > ?', settings.spam.repeats, mark, clock.now() - DAY)
    return f'the same text {count} times before in a day' if count >= settings.spam.repeats else ''


def links(new):
    """More links to other sites than there were, and more than this account may add at once. Those to hosts
    that moderators have found in good edits do not count."""
    added = Counter(hosts(new.text)) - Counter(hosts(new.gone))
    if added.total() <= min(settings.spam.links, settings.spam.new_links):      # nobody has to be looked up
        return ''
    fine = classifier.fine_hosts(added)
    count = sum(number for host, number in added.items() if host not in fine)
    is_new = is_new_account(new.author)
    most = settings.spam.new_links if is_new else settings.spam.links
    who = 'a new account' if is_new else 'an edit'
    return f'{count} links, where {who} has {most}' if count > most else ''


def listed(new):
    """A word or pattern of the moderators' list, more often than before."""
    rules = RuleList.newest()
    found = patterns.found(rules.text, new.text, new.gone) if rules else ''
    return f'“{found}”' if found else ''


def is_new_account(person):
    """Whether a person (None: without an account) has not been here long, or has done little."""
    if person is None or clock.now() - person.created_at < settings.spam.new_days * DAY:
        return True
    most = settings.spam.new_edits
    return _count('revision WHERE author_id = ?', most, person.id) < most


def _count(which, most, *values):
    """How many rows there are, `most` at most. Raw SQL, because each save asks several times: peewee takes
    ten times as long to make these sentences as SQLite to answer them."""
    query = f'SELECT count(*) FROM (SELECT 1 FROM {which} LIMIT ?)'
    return db.database.execute_sql(query, (*values, most)).fetchone()[0]
