"""Settings, as a config.ini that says the same."""
import re

from kuma_lite.config import OPTIONS

HEAD = ('# The settings of the wiki at the time of this backup: of its file, its environment and its flags.\n'
        '# What was chosen on the web is in its database.\n')
WITHOUT = '# Passwords and keys are not among them.\n'


def as_ini(settings, with_secrets):
    """The text of a settings file; `config.load` reads it."""
    lines, section = [HEAD if with_secrets else HEAD + WITHOUT], None
    for option in OPTIONS:
        if option.section != section:
            section = option.section
            lines.append(f'\n[{section}]\n')
        value = getattr(getattr(settings, section), option.key)
        lines.append(f'{option.key} = {_spelled(option, value, with_secrets)}'.rstrip() + '\n')
    return ''.join(lines)


def _spelled(option, value, with_secrets):
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if with_secrets or not isinstance(value, str):
        return value
    return '' if option.secret else re.sub('//[^/]*@', '//', value)     # redis://:password@host
