"""Whether Redis answers, somebody works, and nothing waits that should have run."""
import redis

from kuma_lite import clock, folder
from kuma_lite.config import settings
from kuma_lite.findings import Finding, count, note, some
from kuma_lite.queue import broker, window, workers
from kuma_lite.queue.tables import one, rows

LATE = 600          # seconds that a task may be due and wait
PATIENCE = 2        # seconds for Redis
APART = 60          # seconds that its clock may differ from ours


def valkey(visit):
    """The doorbell: our own Valkey, or the Redis of the settings."""
    if settings.redis.url:
        yield from _external()
    elif visit.running and not settings.tasks.immediate:
        path = visit.data / 'valkey.sock'
        if len(bytes(path)) < broker.LONGEST_SOCKET and not broker.answers(path):
            yield Finding('Valkey does not answer, so tasks wait.',
                          f'The site starts it again in seconds; if not, see {visit.data / "valkey.log"}.')
    elif (visit.data / 'valkey.sock').exists() and not folder.is_in_use(visit.data, 'valkey.lock'):
        yield note('A process that was killed left its Valkey, or the socket of it.',
                   'The next start replaces it.', mend=lambda: _end_leftover(visit.data))


def _end_leftover(data):
    with folder.Lock(data, 'valkey.lock'):
        broker.end_leftover(data / 'valkey.sock')
    return 'Removed valkey.sock, and what listened there.'


def _external():
    place = settings.redis.url.rpartition('@')[2].removeprefix('redis://')   # without the password
    try:
        with redis.Redis.from_url(settings.redis.url, socket_connect_timeout=PATIENCE,
                                  socket_timeout=PATIENCE) as client:
            seconds, _ = client.time()
            memory = client.info('memory')
    except (redis.RedisError, OSError) as error:
        yield Finding(f'Redis at {place} does not answer ({error}), so tasks wait.',
                      'Start it, or empty [redis] url: then the wiki runs its own Valkey.')
        return
    if abs(seconds - clock.now()) > APART:
        yield note(f'The clock of Redis is {abs(seconds - clock.now()):,.0f} seconds away from that of this '
                   'machine.', 'Let both be kept right, as with `timedatectl set-ntp true`.')
    if memory.get('maxmemory') and memory.get('maxmemory_policy') != 'noeviction':
        yield note(f'Redis at {place} throws messages away when it is full; they come late then.',
                   'Set its maxmemory-policy to noeviction.')


def working(visit):
    """Heartbeats of the processes that work."""
    if not visit.running:
        yield note('No process of this site runs, so no task does.', 'Start it: `serve`')
        yield from _abandoned()
        return
    alive = one('SELECT 1 FROM worker WHERE stopped_at IS NULL AND beat_at > ?',
                clock.now() - workers.DEAD_AFTER)
    if not alive and not settings.tasks.immediate:
        last = one('SELECT max(beat_at) FROM worker')[0]
        since = f'; the last heartbeat came {clock.now() - last:,.0f} seconds ago' if last else ''
        yield Finding(f'The site runs, and no process works{since}.',
                      'Start one: `worker`. With `serve`, see its log and start it again.')


def waiting(visit):
    """Tasks that are late, paused, or dead."""
    late = one("SELECT id, name, run_at FROM task WHERE state = 'queued' AND run_at < ? "
               f'AND {window.NOT_PAUSED} ORDER BY run_at LIMIT 1', clock.now() - LATE)
    if late and visit.running:
        number, name, since = late
        minutes = (clock.now() - since) / 60
        yield Finding(f'Task {number}, {name}, has been waiting for {minutes:,.0f} minutes.',
                      f'`tasks show {number}` says why, `tasks workers` who works.')
    paused = [name for name, in rows('SELECT name FROM paused')]
    if paused:
        yield note(f'Paused: {some("everything" if name == window.EVERYTHING else name for name in paused)}.',
                   'To go on: `tasks resume [NAME]`')
    dead = rows("SELECT name, count(*) FROM task WHERE state = 'dead' GROUP BY name ORDER BY 2 DESC")
    if dead:
        number = sum(many for _, many in dead)
        yield Finding(f'{count(number, "task is", "tasks are")} dead: '
                      f'{some(f"{many:,} of {name}" for name, many in dead)}.',
                      '`tasks list --state dead` shows them, `tasks show ID` why; when the cause is mended: '
                      '`tasks retry --dead`')


def _abandoned():
    held = one("SELECT count(*) FROM task WHERE state = 'running'")[0]
    if held:
        yield note(f'{count(held, "task")} ran when the process ended.', 'The next start queues them again.')
