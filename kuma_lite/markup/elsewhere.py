"""What was rendered as a page, to stand on other pages."""
import re

TAG = re.compile('<[a-z][a-z0-9]*(?: [a-z-]+="[^"]*")+>')      # as the sanitizer writes those with attributes
ID = re.compile(' id="[^"]*"')
ANCHOR = re.compile('<a [^<>]*class="anchor"[^<>]*></a>')


def elsewhere(html, address):
    """The HTML without ids, which would be those of two things; links to its own parts lead to `address`."""
    def fit(match):
        return ID.sub('', match[0]).replace(' href="#', f' href="{address}#')
    return TAG.sub(fit, ANCHOR.sub('', html))
