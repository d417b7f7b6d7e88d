"""Processes forked from one that has imported everything: they begin within milliseconds."""
import multiprocessing
import os
import sys
from multiprocessing import forkserver
from unittest import mock

PRELOADED = ['victim', 'upgrading']
_context = multiprocessing.get_context('forkserver')


def process(target, *args, **kwargs):
    """A process that is going to call `target`, a function of one of the PRELOADED."""
    _context.set_forkserver_preload(PRELOADED)
    # Before 3.13.4 the server is not told where modules are, and goes on without those it does not find.
    with mock.patch.dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))):
        forkserver.ensure_running()
    return _context.Process(target=target, args=args, kwargs=kwargs)
