"""Bans: of a person, or of whoever comes from an address or a network of addresses.

The bans in force are kept in memory. Whoever asks `of()` finds out first whether anything was committed
(2 µs), then whether that was about bans; so a ban holds from its commit on, in every process.
"""
import functools
import ipaddress
import threading

from kuma_lite import clock, db, events, generations, text
from kuma_lite.accounts.models import ApiToken, Ban, Session
from kuma_lite.accounts.rules import Invalid
from kuma_lite.config import settings

NAME = 'bans'               # their name among the generations
REASON_LIMIT = 255          # characters
LOOPBACK = [ipaddress.ip_network('127.0.0.0/8'), ipaddress.ip_network('::1')]
WIDEST = {4: 16, 6: 32}     # the shortest prefix of a network that one ban may hold


def add(by, person=None, network='', reason='', until=None):
    """Ban a person, or a network such as "192.0.2.7", "192.0.2.0/24" or "2001:db8::/32". Returns the Ban.

    `until` is a time in seconds, None for no end. The person's sessions and API tokens end in the same
    transaction. Raises Invalid with a sentence for people.
    """
    reason = ' '.join(reason.split())
    _check(by, person, reason, until)
    network = '' if person else str(_bannable(network))
    with db.atomic():
        _lift_all(_about(person, network), tell=False)     # the new one takes their place
        ban = Ban.create(person=person, network=network, by=by, reason=reason, until=until)
        generations.bump(NAME)
        if person:
            Session.delete().where(Session.person == person).execute()
            ApiToken.delete().where(ApiToken.person == person).execute()
            events.emit(events.user_banned, person, ban)
    return ban


def lift(ban):
    """End a ban before its time. Returns whether it was still in force."""
    with db.atomic():
        return _lift_all(Ban.id == ban.id) > 0


def parse(words):
    """The network that people mean, as ipaddress has it. Raises Invalid."""
    try:
        network = ipaddress.ip_network(words.strip(), strict=False)
    except ValueError:
        raise Invalid('An address looks like 192.0.2.7 or 2001:db8::7, a range of them like 192.0.2.0/24 '
                      'or 2001:db8::/32.') from None
    network = _unmapped(network)
    if network.prefixlen < WIDEST[network.version]:
        raise Invalid(f'This range is too wide: it can be /{WIDEST[network.version]} at most.')
    return network


def is_within(address, network):
    """Whether the address of somebody lies in a network, as `parse` gives it in words."""
    try:
        host = _unmapped(ipaddress.ip_network(address.partition('%')[0]))
    except ValueError:      # a socket has no address
        return False
    network = _networks(network)
    return host.version == network.version and host.subnet_of(network)


def sentence(ban):
    """Why somebody may not write, and until when."""
    who = 'Your account is banned' if ban.person_id else 'Nobody may write here from your network address'
    zone = ban.person.zone if ban.person_id else settings.site.timezone
    end = '' if ban.until is None else f' until {text.exact(ban.until, zone)}'
    stop = '' if ban.reason.endswith(('.', '!', '?', '…')) else '.'
    return f'{who}{end}. The reason: {ban.reason}{stop}'


def of(person, address):
    """The ban that keeps `person` (None: somebody without an account) from writing from `address`, or None.

    What holds for an address does not stop moderators: they share it with others.
    """
    kept = _memory.kept()
    ban = person and kept.people.get(person.id)
    if not ban and not (person and person.at_least('moderator')):
        ban = kept.at(address)
    return ban if ban and ban.is_in_force else None


def of_person(person):
    """The ban of this very person, or None."""
    ban = _memory.kept().people.get(person.id)
    return ban if ban and ban.is_in_force else None


def people():
    """The ids of those who are banned now, as a select."""
    return Ban.select(Ban.person).where(Ban.person.is_null(False), Ban.holds())


def _check(by, person, reason, until):
    if person and by and person == by:
        raise Invalid('You cannot ban yourself.')
    if person and by and by.role != 'admin' and person.at_least(by.role):
        raise Invalid(f'{person.name} is {_article(person.role)}; only an admin can ban {person.name}.')
    if not reason:
        raise Invalid('Please say why; who is banned will read it.')
    if len(reason) > REASON_LIMIT:
        raise Invalid(f'The reason has {len(reason):,} characters; it can have {REASON_LIMIT}.')
    if until is not None and until <= clock.now():
        raise Invalid('The end of the ban is in the past.')


def _bannable(words):
    """The network that a ban can hold. Raises Invalid."""
    network = parse(words)
    if any(network.overlaps(one) for one in LOOPBACK if one.version == network.version):
        raise Invalid('This is the address of the machine itself: everybody would be banned who comes by '
                      'way of a proxy there.')
    return network


def _article(role):
    return f'{"an" if role[0] in "aeiou" else "a"} {role}'


def _about(person, network):
    return Ban.person == person if person else Ban.network == network


def _lift_all(which, tell=True):
    """Lift those bans in force; in the caller's transaction. Returns how many."""
    found = list(Ban.in_force().where(which))
    for ban in found:
        Ban.update(lifted_at=clock.now()).where(Ban.id == ban.id).execute()
        if tell and ban.person_id:
            events.emit(events.ban_lifted, ban.person, ban)
    if found:
        generations.bump(NAME)
    return len(found)


def _unmapped(network):
    """192.0.2.7 for ::ffff:192.0.2.7: one host, one ban."""
    inner = network.version == 6 and network.network_address.ipv4_mapped
    return ipaddress.ip_network(f'{inner}/{network.prefixlen - 96}') if inner and network.prefixlen >= 96 \
        else network


def _number():
    row = db.database.execute_sql('SELECT number FROM generation WHERE name = ?', (NAME,)).fetchone()
    return row and row[0]


class Kept:
    """The bans of one moment: {person's id: ban}, and {(version, prefix length): {its bits: ban}}."""

    def __init__(self, number):
        self.number, self.people, self.networks = number, {}, {}
        for ban in Ban.in_force().order_by(Ban.id):
            if ban.person_id:
                self.people[ban.person_id] = ban
            else:
                self._add(ipaddress.ip_network(ban.network), ban)

    def _add(self, network, ban):
        kind = network.version, network.prefixlen
        bits = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
        self.networks.setdefault(kind, {})[bits] = ban

    def at(self, address):
        """The ban that holds for an address; the narrowest, if there are several that still hold."""
        if not self.networks or not address:
            return None
        try:
            host = _unmapped(ipaddress.ip_network(address.partition('%')[0]))
        except ValueError:      # a socket has no address
            return None
        number, size = int(host.network_address), host.max_prefixlen
        for version, length in sorted(self.networks, reverse=True):
            ban = host.version == version and self.networks[version, length].get(number >> (size - length))
            if ban and ban.is_in_force:
                return ban
        return None


class Memory:
    """The bans as this process knows them. What a transaction has not committed yet is not kept."""

    def __init__(self):
        self._kept, self._file = None, None
        self._thread = threading.local()

    def kept(self):
        with db.connection():
            if db.database.in_transaction():
                return self._inside()
            here = db.database.database, db.commits()
            if self._kept is None or getattr(self._thread, 'seen', None) != here:
                self._look(here)
            return self._kept

    def _inside(self):
        """What holds in this transaction: one that writes bans sees its own before others do."""
        kept = self._kept
        is_right = kept and self._file == db.database.database and kept.number == _number()
        return kept if is_right else Kept(None)

    def _look(self, here):
        number = _number()
        if self._kept is None or self._file != here[0] or self._kept.number != number:
            self._kept, self._file = Kept(number), here[0]
        self._thread.seen = here


_memory = Memory()
_networks = functools.lru_cache(maxsize=8)(ipaddress.ip_network)
