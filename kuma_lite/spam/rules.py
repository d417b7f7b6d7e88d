"""The rules that need nobody else: each says in a sentence what is wrong with an edit, or ''."""
from collections import Counter

from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.spam import classifier, patterns
from kuma_lite.spam.models import RuleList, Trace
from kuma_lite.spam.reading import digest, hosts
from kuma_lite.wiki.models import Revision

DAY, MINUTE = 24 * 3600, 60


def flood(new):
    """Very many edits from one account or address. Counted are those that are saved or stopped by now."""
    who = Trace.address == new.address
    who = who | (Trace.person == new.author) if new.author else who
    since = clock.now() - MINUTE
    count = Trace.select(Trace.id).where(who, Trace.at > since).limit(settings.spam.flood).count()
    return f'{count} edits in the last minute' if count >= settings.spam.flood else ''


def repeated(new):
    """The same text again and again, by anybody. Whom the wiki knows may repeat text without links."""
    mark = digest(new.content)
    if not mark or not (hosts(new.content) or is_new_account(new.author)):
        return ''
    since = clock.now() - DAY
    same = Trace.select(Trace.id).where(Trace.digest == mark, Trace.at > since)
    count = same.limit(settings.spam.repeats).count()
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
    return f'“{found}”, which is on the list of words' if found else ''


def is_new_account(person):
    """Whether a person (None: without an account) has not been here long, or has done little."""
    if person is None or clock.now() - person.created_at < settings.spam.new_days * DAY:
        return True
    few = Revision.select(Revision.id).where(Revision.author == person).limit(settings.spam.new_edits)
    return few.count() < settings.spam.new_edits
