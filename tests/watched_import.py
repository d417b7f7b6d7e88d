"""A program for test_house: imports modules and stops with a traceback as soon as one of them does
something. `watched_import.py FOLDER OUTSIDE,… MODULE,…`: our code is what lies below FOLDER."""
import contextlib
import importlib
import os
import sys
import threading
import traceback

WATCHED = ('open', 'os.', 'socket.', 'subprocess.', 'shutil.', 'tempfile.', 'signal.')
LOADING = {'os.listdir', 'os.scandir'}    # how Python itself finds modules
CODE = ('.py', '.pyc', '.so', '.pyd')


def main(folder, outside, modules):
    for name in outside.split(','):       # what other people's modules do is theirs
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    watch_environment(folder)
    sys.dont_write_bytecode = True
    sys.addaudithook(watch_system)
    for name in modules.split(','):
        importlib.import_module(name)
    assert threading.active_count() == 1, threading.enumerate()


def watch_system(event, args):
    if not event.startswith(WATCHED) or event in LOADING:
        return
    if event == 'open' and str(args[0]).endswith(CODE) and args[1] in ('r', 'rb', None):
        return
    stop(f'{event} {args}')


def watch_environment(folder):
    """Reading the environment is no audit event, so the mapping itself is asked."""
    environment = type(os.environ)
    read = environment.__getitem__

    def watched(self, key):
        if any(frame.filename.startswith(folder) for frame in traceback.extract_stack()):
            stop(f'os.environ[{key!r}]')
        return read(self, key)
    environment.__getitem__ = watched


def stop(what):
    sys.exit(f'{what}\n{"".join(traceback.format_stack())}')


main(*sys.argv[1:])
