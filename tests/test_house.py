"""The rules of the house: who imports whom, what importing does, how large a file may grow."""
import ast
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from bottle import Bottle
from playhouse.sqlite_ext import FTS5Model

from kuma_lite import app
from kuma_lite.db import BaseModel

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / 'kuma_lite'
ORDER = ['config clock text diffs events folder findings', 'sqlite snapshots', 'db',
         'generations chosen statements', 'queue markup', 'logs', 'web', 'mail', 'accounts', 'wiki',
         'search drafts deletion protection signup account', 'watch', 'spam', 'moderation', 'feeds stats',
         'transfer dashboard backup deploy site', 'doctor', 'app', 'server', 'serve', 'cli']
RANK = {part: rank for rank, parts in enumerate(ORDER) for part in parts.split()}
INSIDE = ['models', 'tasks', 'actions', 'forms', 'views', 'api']    # of a feature
REFUSED_NAMES = {'utils', 'helpers', 'manager', 'common', 'misc'}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


MODULES = {module_name(path): path for path in PACKAGE.rglob('*.py') if path.parent.name != 'migrations'}


def imported(tree):
    """The names of all modules that a syntax tree imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, 'an import names its module in full'
            for alias in node.names:
                whole = f'{node.module}.{alias.name}'
                yield whole if whole in MODULES else node.module


TREES = {name: ast.parse(path.read_text('utf-8')) for name, path in MODULES.items()}
IMPORTS = {name: {other for other in imported(tree) if other.split('.')[0] == 'kuma_lite'}
           for name, tree in TREES.items()}


def reach(name, allowed):
    """Every module that `name` leads to by way of those that `allowed(module)` admits."""
    found, waiting = set(), [name]
    while waiting:
        new = {other for other in IMPORTS.get(waiting.pop(), ()) if allowed(other)} - found
        found |= new
        waiting += new
    return found


def part_of(name):
    return name.split('.')[1]


@pytest.mark.parametrize('name', sorted(MODULES))
def test_a_module_imports_only_from_its_left(name):
    if name == 'kuma_lite':
        assert not IMPORTS[name]
        return
    for other in IMPORTS[name] - {'kuma_lite'}:
        same = part_of(other) == part_of(name)
        assert same or RANK[part_of(other)] < RANK[part_of(name)], f'{name} imports {other}'


@pytest.mark.parametrize('name', sorted(MODULES))
def test_inside_a_feature_files_import_from_their_left(name):
    feature, _, own = name.rpartition('.')
    reached = reach(name, lambda other: other.startswith(f'{feature}.'))
    assert name not in reached, f'{name} imports itself by way of others'
    if own in INSIDE and feature != 'kuma_lite':
        right = {f'{feature}.{file}' for file in INSIDE[INSIDE.index(own):]}
        assert not reached & right


def test_importing_a_module_does_nothing():
    """No file, socket, process, thread, change of the environment or look at it, and no output."""
    outside = sorted({name for tree in TREES.values() for name in imported(tree)} - set(MODULES))
    command = [sys.executable, 'tests/watched_import.py', str(PACKAGE), ','.join(outside), ','.join(MODULES)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, 'PYTHONPATH': str(ROOT)},
                          capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr, done.returncode) == ('', '', 0)


def test_every_table_and_every_tasks_module_is_in_the_composition_root():
    ours = {model for base in (BaseModel, FTS5Model) for model in base.__subclasses__()
            if model.__module__ in MODULES}
    assert set(app.MODELS) == ours
    tasks = {name for name in MODULES if name.endswith('.tasks')}
    assert tasks <= {module.__name__ for module in app.TASKS}


def test_every_module_that_answers_requests_is_in_the_composition_root():
    answering = {name for name in MODULES if isinstance(getattr(import_module(name), 'app', None), Bottle)}
    assert {module.__name__ for module in app.VIEWS} == answering - {'kuma_lite.web.assets'}


@pytest.mark.parametrize('package, place', [('comrak', 'markup'), ('nh3', 'markup'), ('rapidfuzz', 'diffs'),
                                            ('huey', 'queue'),
                                            ('argon2', 'accounts'), ('pyotp', 'accounts'),
                                            ('segno', 'account'), ('multipart', 'web')])
def test_a_package_is_known_in_one_place(package, place):
    importing = {part_of(name) for name, tree in TREES.items()
                 if package in {other.split('.')[0] for other in imported(tree)}}
    assert importing == {place}


SOURCES = [*ROOT.glob('*.py'), *PACKAGE.rglob('*.py'), *(ROOT / 'tests').rglob('*.py'),
           *(PACKAGE / 'templates').rglob('*.html')]


@pytest.mark.parametrize('path', SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_small_and_finished(path):
    lines = path.read_text('utf-8').splitlines()
    assert len(lines) <= 400, 'split it'
    unfinished = '|'.join(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'])
    assert not [line for line in lines if re.search(rf'\b({unfinished})\b', line)]
    assert path.stem not in REFUSED_NAMES


@pytest.mark.parametrize('name', sorted(MODULES))
def test_a_module_says_what_is_in_it(name):
    assert ast.get_docstring(TREES[name])


def test_no_feature_folder_is_empty():
    folders = [path for path in PACKAGE.iterdir() if path.is_dir() and path.name != '__pycache__']
    assert all(any(path.iterdir()) for path in folders)
