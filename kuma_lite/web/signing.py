"""Signatures with the site's secret. Each is bound to a purpose, so that none can stand in for another."""
import hashlib
import hmac

_secret = b''


def configure(secret):
    """Use these bytes (the content of secret.key)."""
    global _secret
    _secret = secret


def sign(purpose, text):
    """64 hexadecimal digits that only this site can make for `text`."""
    if not _secret:
        raise RuntimeError('web.signing.configure() has not been called')
    return hmac.new(_secret, f'{purpose}\0{text}'.encode(), hashlib.sha256).hexdigest()


def matches(purpose, text, signature):
    """Whether `sign` made this signature; takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(sign(purpose, text).encode(), signature.encode('utf-8', 'replace'))
