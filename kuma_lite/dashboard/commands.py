"""The verbs of the command tasks: what may be typed behind each, and what it calls."""
from kuma_lite.dashboard import describe, terminal

VERBS = [      # verb, whether it only shows, help
    ('list', True, 'list tasks, newest first'),
    ('show', True, 'show a task with its context, attempts and logs'),
    ('run', False, 'call a task'),
    ('retry', False, 'queue a dead or timed out task again'),
    ('cancel', False, 'cancel a queued task, tell a running one to stop, or give up a dead one'),
    ('pause', False, 'start no more tasks of a name, or none at all'),
    ('resume', False, 'start them again'),
    ('schedule', True, 'list periodic tasks and their next runs'),
    ('workers', True, 'list the processes that work'),
]


FILTERS = {
    'name': 'such as mail.deliver',
    'subject': 'what it is about, such as revision:12',
    'user': 'the account that caused it',
    'request': 'the id in the header X-Request-Id of an answer, and in the log',
    'since': 'queued since 30m, 2h or 7d ago, or since a time such as 2026-11-22T05:00',
}

RUN = {
    'list': lambda args: terminal.show_list(args.limit, args.json, state=args.state,
                                            **{name: getattr(args, name) for name in FILTERS}),
    'show': lambda args: terminal.show_one(args.id, args.json),
    'run': lambda args: terminal.run(args.name, args.arguments),
    'retry': lambda args: terminal.retry_dead(args.id) if args.dead else terminal.retry(args.id),
    'cancel': lambda args: terminal.cancel(args.id),
    'pause': lambda args: terminal.pause(args.name),
    'resume': lambda args: terminal.resume(args.name),
    'schedule': lambda args: terminal.show_schedule(args.json),
    'workers': lambda args: terminal.show_workers(args.json),
}


def add_arguments(added):
    """`added` is {verb: its parser}."""
    added['list'].add_argument('--state', choices=describe.STATES, default='')
    for name, help in FILTERS.items():
        added['list'].add_argument(f'--{name}', default='', help=help)
    added['list'].add_argument('--limit', type=int, default=50)
    added['run'].add_argument('name')
    added['run'].add_argument('arguments', nargs='*', metavar='ARGUMENT', help='JSON or a text')
    for verb in ('show', 'cancel'):
        added[verb].add_argument('id', type=int)
    added['retry'].add_argument('id', type=int, nargs='?')
    added['retry'].add_argument('--dead', action='store_true', help='all that are dead or timed out')
    for verb in ('pause', 'resume'):
        added[verb].add_argument('name', nargs='?', help='of the tasks; without it, all')
