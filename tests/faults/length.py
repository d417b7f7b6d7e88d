"""How long a fault run takes: short as in .ci/run, or as long as `test --faults --long` has it."""
import os


def either(short, long):
    return long if os.environ.get('KUMA_FAULTS') == 'long' else short
