"""What HTML may be stored. Everything that is shown has gone through `CLEANER`, last of all."""
import nh3
from pygments.token import STANDARD_TYPES

from kuma_lite.markup.code import LANGUAGES
from kuma_lite.markup.headings import PREFIX
from kuma_lite.markup.tags import BLOCK, INLINE

TAGS = INLINE | BLOCK
SCHEMES = {'http', 'https', 'mailto'}
ALIGNED = {name: {'align'} for name in ('div', 'p')}
ATTRIBUTES = {
    **ALIGNED,
    '*': {'dir', 'id', 'lang', 'title'},
    'a': {'aria-label', 'href'},
    'blockquote': {'cite'},
    'details': {'open'},
    'img': {'alt', 'height', 'src', 'width'},
    'input': {'checked'},
    'ol': {'start'},
    'q': {'cite'},
    'td': {'align', 'colspan', 'rowspan'},
    'th': {'align', 'colspan', 'rowspan', 'scope'},
}
ALERTS = {'note', 'tip', 'important', 'warning', 'caution'}
CLASSES = {
    'a': {'anchor', 'footnote-backref', 'missing'},
    'code': {f'language-{language}' for language in LANGUAGES},
    'div': {'markdown-alert', *(f'markdown-alert-{kind}' for kind in ALERTS)},
    'input': {'task-list-item-checkbox'},
    'li': {'task-list-item'},
    'ol': {'contains-task-list'},
    'p': {'markdown-alert-title'},
    'section': {'footnotes'},
    'span': set(STANDARD_TYPES.values()) - {''},
    'sup': {'footnote-ref'},
    'ul': {'contains-task-list'},
}

CLEANER = nh3.Cleaner(
    tags=TAGS, attributes=ATTRIBUTES, allowed_classes=CLASSES, url_schemes=SCHEMES, id_prefix=PREFIX,
    link_rel=None,
    tag_attribute_values={'a': {'rel': {'nofollow noopener'}},
                          'input': {'type': {'checkbox'}, 'disabled': {''}, 'aria-label': {'Done'}}},
    # The only input is the box of a task list, which nobody can tick.
    set_tag_attribute_values={'input': {'type': 'checkbox', 'disabled': '', 'aria-label': 'Done'},
                              'img': {'loading': 'lazy'}},
    clean_content_tags=set(),
)
