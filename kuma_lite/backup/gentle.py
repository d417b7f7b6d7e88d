"""Long work that gives way: packing needs a processor for seconds, and people are saving.

Measured on two busy processors: beside a backup at the usual priority the median save took up to three times
as long; beside one that gives way in a thread of the site one and a half times, because threads wait for each
other in Python; beside one in a process of its own, about as long as alone. So call this only where nothing
else is done: in a process of `apart`, or in that of a command.
"""
import multiprocessing
import os
import sys
import threading

NICEST = 19     # what others leave; SCHED_IDLE is less than that, and ends never on a machine that is busy


class Stopped(Exception):
    """Whoever waited for the work does not want it any more."""


class Died(Exception):
    """The process of the work has ended before it."""


class Work(threading.Thread):
    """`Work(function).result()`: what `function(check)` gives or raises. It calls `check()` between two
    steps, which raises Stopped when whoever waits was interrupted."""

    def __init__(self, function):
        super().__init__(name='gentle work', daemon=True)
        self._function, self._stopping = function, False
        self._result = self._error = None
        self._ended = threading.Event()     # join() may return at once after a Ctrl-C in Python 3.11

    def result(self):
        self.start()
        try:
            self._ended.wait()
        except BaseException:       # Ctrl-C, or the end of a worker: nothing is left lying about
            self._stopping = True
            self._ended.wait()
            raise
        if self._error:
            raise self._error
        return self._result

    def run(self):
        if sys.platform == 'linux':     # where this is about the thread and not about the process
            os.nice(NICEST)
        try:
            self._result = self._function(self.check)
        except BaseException as error:
            self._error = error
        finally:
            self._ended.set()

    def check(self):
        if self._stopping:
            raise Stopped


def apart(function, *arguments):
    """What `function(*arguments)` gives or raises, called in a process of its own, which ends with ours. All
    of that is pickled on its way between the two."""
    context = multiprocessing.get_context('spawn')
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(theirs, function, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        result, error = ours.recv()
    except EOFError:
        raise Died('The process that made it has died.') from None
    finally:
        process.terminate()     # where it has answered, it has nothing left to do
        process.join()
        ours.close()
    if error:
        raise error
    return result


def _answer(pipe, function, arguments):
    if hasattr(os, 'nice'):
        os.nice(NICEST)
    try:
        pipe.send((function(*arguments), None))
    except Exception as error:
        pipe.send((None, error))
