"""Anonymous views of the same page: ours against OtterWiki and MoinMoin 2.

    python tests/benchmarks/other_wikis.py [ROUNDS [SECONDS]]

They are installed from PyPI into a folder of their own, which is deleted at the end; where that cannot
be done the program says so and stops. All three answer on waitress with the same CPUs, each in a process
of its own, in turns, while THREADS connections ask without a pause; OtterWiki in one thread, which is all it
can take, the others in as many.
"""
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import views

SERVE = 'import waitress; waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads={threads})'
OTTER = '''import os, sys
os.environ['OTTERWIKI_SETTINGS'] = os.path.abspath('settings.cfg')
from otterwiki.server import app
import otterwiki.views
'''
MOIN = '''import sys
from moin.app import create_app
app = create_app()
'''


def main(rounds=5, seconds=3):
    with tempfile.TemporaryDirectory() as folder:
        sides = [Ours(), Otter(Path(folder) / 'otter'), Moin(Path(folder) / 'moin')]
        for side in sides:
            side.prepare()
        found = {side.name: [] for side in sides}
        for _ in range(rounds):
            for side in sides:
                found[side.name].append(side.measure(seconds))
    show(found)


class Ours:
    name = 'Kuma Lite'

    def prepare(self):
        pass

    def measure(self, seconds):
        return views.measure_apart('ours', seconds, sorted(os.sched_getaffinity(0)))[0]


class Other:
    """A wiki in a virtual environment of its own, with one page."""
    threads = views.THREADS

    def __init__(self, folder):
        self.folder = folder

    def prepare(self):
        print(f'Installing {self.name} …', flush=True)
        venv.create(self.folder / 'venv', with_pip=True)
        done = self.run('pip', 'install', '--quiet', *self.packages, 'waitress')
        if done.returncode:
            sys.exit(f'{self.name} cannot be installed here; nothing to compare with:\n{done.stderr[-500:]}')
        self.fill()
        (self.folder / 'run.py').write_text(self.program + SERVE.format(threads=self.threads))

    def run(self, program, *arguments):
        return subprocess.run([self.folder / 'venv/bin' / program, *arguments], cwd=self.folder,
                              capture_output=True, text=True)

    def measure(self, seconds):
        port = views.free_port()
        server = subprocess.Popen([self.folder / 'venv/bin/python', 'run.py', str(port)], cwd=self.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            views.wait_until_served(port, self.path, 'Paragraph 7')
            return views.ask(port, seconds, self.path)[0]
        finally:
            server.kill()
            server.wait()


class Otter(Other):
    name, packages, program, path = 'OtterWiki', ['otterwiki'], OTTER, '/Five'
    threads = 1     # with more, its reading of the Git repository fails, and then answers no more

    def fill(self):
        repository = self.folder / 'repository'
        repository.mkdir()
        (repository / 'five.md').write_text(views.TEXT)
        author = ['-c', 'user.name=a', '-c', 'user.email=a@example.org']
        for command in (['init', '--quiet'], ['add', '.'], [*author, 'commit', '--quiet', '-m', 'x']):
            subprocess.run(['git', *command], cwd=repository, check=True)
        (self.folder / 'settings.cfg').write_text(
            f"REPOSITORY='{repository}'\nSECRET_KEY='0123456789abcdef0123456789'\n"
            f"SQLALCHEMY_DATABASE_URI='sqlite:///{self.folder}/db.sqlite'\n")


class Moin(Other):
    name, packages, program, path = 'MoinMoin 2', ['--pre', 'moin'], MOIN, '/Five'

    def fill(self):
        data = views.TEXT.encode()
        meta = {'name': ['Five'], 'namespace': '', 'contenttype': 'text/x-markdown;charset=utf-8',
                'itemtype': 'default', 'itemid': '0' * 32, 'revid': '1' * 32, 'rev_number': 1,
                'mtime': 1700000000, 'action': 'SAVE', 'size': len(data),
                'sha1': hashlib.sha1(data).hexdigest()}
        (self.folder / 'five.data').write_bytes(data)
        (self.folder / 'five.meta').write_text(json.dumps(meta))
        for arguments in (['create-instance', '--path', '.'], ['index-create'],
                          ['item-put', '-m', 'five.meta', '-d', 'five.data'], ['index-build']):
            self.run('moin', *arguments)


def show(found):
    ours = found['Kuma Lite']
    print(f'CPUs {sorted(os.sched_getaffinity(0))}; views/s, median (min–max) of {len(ours)} rounds')
    for name, rates in found.items():
        ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, rates, strict=True))
        print(f'  {name:12}{statistics.median(rates):8.0f} ({min(rates):.0f}–{max(rates):.0f})'
              f'   ours / it {ratio:.1f}')


if __name__ == '__main__':
    main(*(int(argument) for argument in sys.argv[1:]))
