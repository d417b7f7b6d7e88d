"""What a browser calls itself, in words: "Firefox on Linux", for people who look for a session not theirs."""
BROWSERS = [('Firefox/', 'Firefox'), ('Edg', 'Edge'), ('OPR/', 'Opera'),
            ('SamsungBrowser', 'Samsung Internet'), ('Chrome/', 'Chrome'), ('CriOS/', 'Chrome'),
            ('FxiOS/', 'Firefox'), ('Safari/', 'Safari'), ('curl/', 'curl')]
SYSTEMS = [('Android', 'Android'), ('iPhone', 'iPhone'), ('iPad', 'iPad'), ('Windows', 'Windows'),
           ('Mac OS X', 'macOS'), ('CrOS', 'ChromeOS'), ('Linux', 'Linux')]


def in_words(agent):
    browser, system = _first(BROWSERS, agent), _first(SYSTEMS, agent)
    if not browser:
        return f'A browser on {system}' if system else 'A browser that does not say which'
    return f'{browser} on {system}' if system else browser


def _first(names, agent):
    return next((name for mark, name in names if mark in agent), '')
