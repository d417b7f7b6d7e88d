"""What can be watched: a page, a page with all below it, a tag, the whole site, new pages only."""
from typing import NamedTuple

from kuma_lite import text
from kuma_lite.wiki import tags

PAGE, TREE, TAG, SITE, NEW = KINDS = ('page', 'tree', 'tag', 'site', 'new')


class Topic(NamedTuple):
    kind: str           # one of KINDS
    target: str = ''    # the id of a page, the key of a path or of a tag; '' for the site and for new pages
    label: str = ''     # how the path or the tag is spelled


WHOLE_SITE, NEW_PAGES = Topic(SITE), Topic(NEW)


def of_page(page):
    return Topic(PAGE, str(page.id), page.path)


def of_tree(path):
    """A place and all below it; there need not be a page. Raises ValueError with a sentence."""
    path = text.normalize_path(path)
    return Topic(TREE, text.path_key(path), path)


def of_tag(name):
    """A tag, which no page need have yet. Raises ValueError with a sentence."""
    names = tags.parse(name)
    if len(names) != 1:
        raise ValueError('Please give one tag.')
    return Topic(TAG, tags.key(names[0]), names[0])


def named(kind, words):
    """The topic of this kind that somebody has typed or clicked; ValueError with a sentence."""
    if kind == SITE:
        return WHOLE_SITE
    if kind == NEW:
        return NEW_PAGES
    if kind not in (TREE, TAG):
        raise ValueError('What is to be watched is a tree, a tag, the site or new pages.')
    return of_tree(words) if kind == TREE else of_tag(words)


def around(page_id, key, tag_names, is_new):
    """All that news about a page belong to, as {kind: [target, …]}: whoever watches one of these hears
    of them. `key` is that of its path."""
    segments = key.split('/')
    found = {PAGE: [str(page_id)],
             TREE: ['/'.join(segments[:depth + 1]) for depth in range(len(segments))],
             TAG: sorted({tags.key(name) for name in tag_names}), SITE: ['']}
    return {**found, NEW: ['']} if is_new else found


def news(topic, title=''):
    """What somebody does who causes a mail about this topic, as the end of a sentence."""
    changes = {TAG: f'changes a page with the tag "{topic.label}"', SITE: 'changes any page',
               NEW: 'writes a new page'}
    return changes.get(topic.kind) or f'changes {words(topic, title)}'


def words(topic, title=''):
    """A topic in the middle of a sentence; `title` is that of the page, if it is one."""
    return {PAGE: f'the page "{title}"', TREE: f'the page at "{topic.label}" and all below it',
            TAG: f'the tag "{topic.label}"', SITE: 'the whole site', NEW: 'new pages'}[topic.kind]
