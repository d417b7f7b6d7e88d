"""Passwords as they are stored: Argon2id. The one place that knows the hasher."""
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's parameters. One hash takes 19 MB, so that all web threads at work stay under 200 MB.
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def make(password):
    return hasher.hash(password)


def fits(password, stored):
    """Whether this is the password. `stored` None (nobody has that name) takes as long to say no."""
    if stored is None:
        hasher.hash(password)
        return False
    try:
        return hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored):
    """Whether it was made with other parameters than today's."""
    return hasher.check_needs_rehash(stored)
