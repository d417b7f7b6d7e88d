"""The composition root: which features there are, and how they hang together.

`configure()` makes this process use some settings, their data folder and database; it may be
called again. Nothing else in the package knows all features.
"""
from kuma_lite import config, db, events, folder, generations, text
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import models as people
from kuma_lite.accounts import tasks as account_tasks
from kuma_lite.accounts import views as account_views
from kuma_lite.dashboard import api as dashboard_api
from kuma_lite.dashboard import health, outbox
from kuma_lite.dashboard import views as dashboard_views
from kuma_lite.deletion import models as deletions
from kuma_lite.deletion import views as deletion_views
from kuma_lite.drafts import actions as drafting
from kuma_lite.drafts import models as drafts
from kuma_lite.drafts import panels as draft_panels
from kuma_lite.drafts import tasks as draft_tasks
from kuma_lite.drafts import views as draft_views
from kuma_lite.mail import models as mails
from kuma_lite.mail import tasks as mail_tasks
from kuma_lite.queue import cache, retention, schedule, tables
from kuma_lite.search import actions as searching
from kuma_lite.search import api as search_api
from kuma_lite.search import models as search
from kuma_lite.search import tasks as search_tasks
from kuma_lite.search import views as search_views
from kuma_lite.transfer import models as transfers
from kuma_lite.watch import actions as watching
from kuma_lite.watch import models as watches
from kuma_lite.watch import tasks as watch_tasks
from kuma_lite.watch import views as watch_views
from kuma_lite.web import session, signing, wsgi
from kuma_lite.wiki import api as wiki_api
from kuma_lite.wiki import checks, panels
from kuma_lite.wiki import edit_views as wiki_edit_views
from kuma_lite.wiki import list_views as wiki_list_views
from kuma_lite.wiki import models as wiki
from kuma_lite.wiki import revision_views as wiki_revision_views
from kuma_lite.wiki import tasks as wiki_tasks
from kuma_lite.wiki import views as wiki_views

MODELS = [generations.Generation,
          tables.Worker, tables.Batch, tables.Task, tables.Attempt, tables.Paused, schedule.Schedule,
          cache.Prepared,
          people.Person, people.Session, people.ApiToken, people.LoginAttempt,
          wiki.Page, wiki.Revision, wiki.Link, wiki.Tag, wiki.PageTag,
          deletions.Deletion,
          drafts.Draft, drafts.SavedForm, drafts.Presence,
          search.Index, search.Entry, search.Word,
          mails.Message, mails.Delivery, watches.Watch, transfers.Imported]
TASKS = [cache, retention, account_tasks, mail_tasks, wiki_tasks, search_tasks, draft_tasks, watch_tasks]
VIEWS = [wiki_views, wiki_list_views, wiki_revision_views,
         wiki_edit_views, deletion_views, search_views, draft_views, watch_views, account_views,
         health, outbox, dashboard_views, wiki_api, search_api, dashboard_api]
CHECKS = []         # what an edit must pass before it is saved: wiki.checks
PANELS = [watching.panel, deletion_views.panel]     # what others show on a page: wiki.panels
EDITING = [draft_panels.offers, draft_panels.others]    # above the form of a page
BUTTONS = [draft_panels.button]                         # and in it
# What follows from an edit: events.page_saved
PAGE_SAVED = [searching.on_page_saved, drafting.on_page_saved, watching.on_page_saved]
PAGE_UNCHANGED = [drafting.on_page_unchanged]
PAGE_DELETED = [searching.on_page_deleted]
PAGE_RESTORED = [searching.on_page_restored]
PAGE_PURGED = []


def configure(settings):
    """Use these settings from now on. Raises config.ConfigError and folder.FolderError.

    The database may still need `db.migrate()`.
    """
    _check_home(settings.site.home)
    config.settings.replace(settings)
    data = folder.prepare(settings.server.data)
    signing.configure(folder.secret(data))
    db.open_file(data / 'wiki.db')
    session.configure(accounts.person_for_session, accounts.person_for_token)
    checks.CHECKS[:] = CHECKS
    panels.PANELS[:], panels.EDITING[:], panels.BUTTONS[:] = PANELS, EDITING, BUTTONS
    events.page_saved[:], events.page_unchanged[:] = PAGE_SAVED, PAGE_UNCHANGED
    events.page_deleted[:] = PAGE_DELETED
    events.page_restored[:], events.page_purged[:] = PAGE_RESTORED, PAGE_PURGED


def _check_home(path):
    try:
        text.normalize_path(path)
    except ValueError as error:
        raise config.ConfigError(f'[site] home is the path of a page, not "{path}". {error}') from None


def make_app(problems=dict):
    """The WSGI application. `problems()` gives {part: sentence} of what is not well, for /readyz."""
    health.configure(problems)
    return wsgi.make_app([views.app for views in VIEWS])
