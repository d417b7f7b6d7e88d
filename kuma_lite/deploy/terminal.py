"""What can be typed behind the command deploy, and what it prints."""
import sys

from kuma_lite.deploy import filling
from kuma_lite.deploy.filling import Failed  # noqa: F401 (what all of this raises)


def add_to(command):
    command.add_argument('name', choices=filling.FILES, help='what the file is for')
    command.add_argument('--certificate', metavar='FILE', default='',
                         help="of nginx, for https (default: that of Let's Encrypt)")
    command.add_argument('--key', metavar='FILE', default='', help='its key')


def show(name, site):
    """The file on standard output; what else should be set goes to the other one."""
    print(filling.filled(name, site), end='')
    for hint in filling.hints(name):
        print(f'kuma-lite: {hint}', file=sys.stderr)
