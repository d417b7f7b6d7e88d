"""Named points at which a test can stop the engine, to see that nothing is ever half done.

In production the table is empty and a point costs one look-up. A test process sets
`POINTS['claimed'] = os._exit(9)`-like functions, or starts a child with KUMA_FAILPOINT=claimed.
"""
POINTS = {}     # name -> fn(), called when the engine passes the point


def failpoint(name):
    if POINTS:
        POINTS.get(name, _nothing)()


def _nothing():
    pass
