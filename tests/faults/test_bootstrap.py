"""kuma_lite.py on a bare machine. A stranger's part is faked: `venv` makes a folder with a small script
for a Python, so that nothing is downloaded. The real thing runs at the start of .ci/run."""
import ast
import collections
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import kuma_lite
from kuma_lite import cli

CHECKOUT = Path(__file__).parents[2]
STARTER = CHECKOUT / 'kuma_lite.py'
FAKES = {
    # `python -m venv FOLDER [--clear]`
    'venv.py': '''
import os, shutil, sys
folder = sys.argv[1]
if '--clear' in sys.argv:
    shutil.rmtree(folder)
os.makedirs(os.path.join(folder, 'bin'), exist_ok=True)
shutil.copy(os.environ['FAKE_PYTHON'], os.path.join(folder, 'bin', 'python'))
''',
    # the Python of .venv: notes what it was asked to do; `pip` can be told to fail
    'python': f'''#!{sys.executable}
import json, os, sys
with open(os.environ['FAKE_LOG'], 'a') as log:
    print(json.dumps(sys.argv[1:]), file=log)
sys.exit(int(os.environ.get('FAKE_PIP', 0)) if 'pip' in sys.argv else 7)
''',
}


@pytest.fixture
def bare(tmp_path):
    return BareMachine(tmp_path)


class BareMachine:
    """A checkout at which no dependency can be imported."""

    def __init__(self, folder):
        self.checkout, self.fakes, self.log = folder / 'checkout', folder / 'fakes', folder / 'log'
        self.checkout.mkdir()
        self.fakes.mkdir()
        for name in ('kuma_lite.py', 'setup.py'):
            shutil.copy(CHECKOUT / name, self.checkout)
        for name, text in FAKES.items():
            (self.fakes / name).write_text(text)
        (self.fakes / 'python').chmod(0o755)

    def run(self, *arguments, **environ):
        """The finished process. -S: no site-packages, as on a new machine."""
        environ = {**os.environ, 'PYTHONPATH': str(self.fakes), 'FAKE_LOG': str(self.log),
                   'FAKE_PYTHON': str(self.fakes / 'python'), **environ}
        self.log.write_text('')
        return subprocess.run([sys.executable, '-S', self.checkout / 'kuma_lite.py', *arguments], env=environ,
                              cwd=self.fakes.parent, capture_output=True, text=True, timeout=120)

    def calls(self):
        """What the Python of .venv was asked to do in the last run."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def installed(self):
        """The targets of `pip install` in the last run."""
        return [Path(call[-1]).name for call in self.calls() if 'pip' in call]


def test_an_option_that_test_does_not_know_is_refused_before_anything_is_installed(bare):
    done = bare.run('test', '--bogus', '--', '--pdb')
    assert done.returncode == 2 and '--bogus' in done.stderr and bare.calls() == []
    assert bare.run('test', '--mode', 'worker', '--', '--pdb').returncode == 7


def test_the_starter_knows_the_options_of_test(capsys):
    with pytest.raises(SystemExit):
        cli.main(['test', '--help'])
    options = re.findall(r'^  (?:-h, )?(--[a-z]+)', capsys.readouterr().out, re.MULTILINE)
    assert {*options, '-h'} == set(starter().TEST_OPTIONS)


def test_a_bare_machine_gets_a_venv_and_the_command_runs_there(bare):
    done = bare.run('serve', '--port', '0')
    assert done.returncode == 7                                  # that of the command itself
    assert bare.installed() == ['checkout']
    assert bare.calls()[-1] == [str(bare.checkout / 'kuma_lite.py'), 'serve', '--port', '0']
    assert 'Making .venv' in done.stderr and 'Installing' in done.stderr
    assert done.stdout == ''


def test_the_next_time_nothing_is_made_or_said(bare):
    bare.run('serve')
    done = bare.run('serve')
    assert (bare.installed(), done.stderr, done.returncode) == ([], '', 7)


def test_the_tests_bring_their_own_packages(bare):
    bare.run('serve')
    done = bare.run('test')
    assert bare.installed() == ['checkout[test]']
    assert 'Making' not in done.stderr
    bare.run('serve')
    assert bare.installed() == []


def test_a_new_dependency_is_installed_and_those_of_the_tests_stay(bare):
    bare.run('test')
    (bare.checkout / 'setup.py').write_text('another = True\n')
    bare.run('serve')
    assert bare.installed() == ['checkout[test]']


def test_a_moved_checkout_is_installed_again(bare):
    bare.run('serve')
    bare.checkout = bare.checkout.rename(bare.checkout.with_name('moved'))
    bare.run('serve')
    assert bare.installed() == ['moved']


def test_a_run_that_was_killed_half_way_is_begun_anew(bare):
    failed = bare.run('serve', FAKE_PIP='1')
    assert failed.returncode == 1 and 'run the same command again' in failed.stderr
    (bare.checkout / '.venv/half-a-package').touch()
    assert bare.run('serve').returncode == 7
    assert not (bare.checkout / '.venv/half-a-package').exists()


def test_a_venv_that_somebody_made_is_not_emptied(bare):
    (bare.checkout / '.venv').mkdir()
    (bare.checkout / '.venv/mine').touch()
    assert bare.run('serve').returncode == 7
    assert (bare.checkout / '.venv/mine').exists()


def test_a_venv_whose_python_is_gone_is_made_again(bare):
    bare.run('serve')
    (bare.checkout / '.venv/bin/python').unlink()
    assert bare.run('serve').returncode == 7


def test_without_the_venv_module_one_sentence_names_the_cure(bare):
    hide = "import sys, runpy; sys.modules['ensurepip'] = None; runpy.run_path({!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, '-S', '-c', hide.format(str(bare.checkout / 'kuma_lite.py'))],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr.count('\n') == 1 and 'apt install python3-venv' in done.stderr
    assert not (bare.checkout / '.venv').exists()


def test_a_checkout_that_cannot_be_written_is_one_sentence(bare):
    (bare.checkout / '.venv').write_text('a file in the way')
    done = bare.run('serve')
    assert done.returncode == 1 and 'cannot put its packages' in done.stderr and 'Trace' not in done.stderr


def test_an_old_python_gets_one_sentence(bare):
    old = "import sys, runpy; sys.version_info = (3, 9, 1); runpy.run_path({!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, '-c', old.format(str(STARTER))], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith('Kuma Lite needs Python 3.10 or newer') and done.stderr.count('\n') == 1


def test_an_old_python_can_read_the_starter():
    ast.parse(STARTER.read_text('utf-8'), feature_version=(3, 4))


def test_where_everything_can_be_imported_nothing_is_made(tmp_path):
    shutil.copytree(CHECKOUT / 'kuma_lite', tmp_path / 'kuma_lite')
    for name in ('kuma_lite.py', 'setup.py'):
        shutil.copy(CHECKOUT / name, tmp_path)
    done = subprocess.run([sys.executable, tmp_path / 'kuma_lite.py', '--version'],
                          capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f'Kuma Lite {kuma_lite.__version__}\n', '')
    assert not (tmp_path / '.venv').exists()


def test_the_starter_looks_for_exactly_the_packages_of_setup_py():
    owners, ours = owners_of_modules(), starter()
    looked_for = [{normal(owner) for module in modules for owner in owners[module]}
                  for modules in (ours.MODULES, ours.TEST_MODULES)]
    assert looked_for == required()


def owners_of_modules():
    """{module: the distributions that bring it}; what Python 3.10 has for this knows old ones only."""
    owners = collections.defaultdict(set)
    for distribution in metadata.distributions():
        for file in distribution.files or []:
            owners[file.parts[0].partition('.')[0]].add(distribution.metadata['Name'])
    return owners


def starter():
    """kuma_lite.py as a module; the name alone means the package."""
    spec = importlib.util.spec_from_file_location('starter', STARTER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def required():
    """The names of the packages that setup.py asks for: to run, and for the tests."""
    wanted = {'install_requires': [], 'test': []}
    for node in ast.walk(ast.parse((CHECKOUT / 'setup.py').read_text('utf-8'))):
        pairs = [(node.arg, node.value)] if isinstance(node, ast.keyword) else []
        if isinstance(node, ast.Dict):
            pairs = [(key.value, value) for key, value in zip(node.keys, node.values, strict=True)]
        wanted.update({key: ast.literal_eval(value) for key, value in pairs if key in wanted})
    return [{normal(re.match(r'[\w.-]+', line)[0]) for line in lines} for lines in wanted.values()]


def normal(name):
    return re.sub(r'[-_.]+', '-', name).lower()
