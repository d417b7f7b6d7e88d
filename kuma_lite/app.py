"""The composition root: which features there are, and how they hang together.

`configure()` makes this process use some settings, their data folder and database; it may be
called again. Nothing else in the package knows all features.
"""
from kuma_lite import chosen, config, db, events, folder, generations, text
from kuma_lite.account import change_views, factor_views, recovery_views
from kuma_lite.account import models as own_accounts
from kuma_lite.account import tasks as own_account_tasks
from kuma_lite.account import views as own_account_views
from kuma_lite.accounts import models as people
from kuma_lite.accounts import sessions
from kuma_lite.accounts import tasks as account_tasks
from kuma_lite.accounts import views as account_views
from kuma_lite.backup import checkup as backup_checkup
from kuma_lite.backup import tasks as backup_tasks
from kuma_lite.dashboard import api as dashboard_api
from kuma_lite.dashboard import health
from kuma_lite.dashboard import mails as mail_views
from kuma_lite.dashboard import own_mail as own_mail_views
from kuma_lite.dashboard import views as dashboard_views
from kuma_lite.deletion import models as deletions
from kuma_lite.deletion import views as deletion_views
from kuma_lite.doctor import database, examining, places, times
from kuma_lite.doctor import views as doctor_views
from kuma_lite.drafts import actions as drafting
from kuma_lite.drafts import models as drafts
from kuma_lite.drafts import panels as draft_panels
from kuma_lite.drafts import tasks as draft_tasks
from kuma_lite.drafts import views as draft_views
from kuma_lite.feeds import actions as feeding
from kuma_lite.feeds import sitemap_views
from kuma_lite.feeds import tasks as feed_tasks
from kuma_lite.feeds import views as feed_views
from kuma_lite.findings import Check
from kuma_lite.mail import checkup as mail_checkup
from kuma_lite.mail import models as mails
from kuma_lite.mail import tasks as mail_tasks
from kuma_lite.moderation import actions as moderating
from kuma_lite.moderation import cleanup_views
from kuma_lite.moderation import log as moderation_log
from kuma_lite.moderation import log_views as moderation_log_views
from kuma_lite.moderation import models as moderation
from kuma_lite.moderation import tasks as moderation_tasks
from kuma_lite.moderation import views as moderation_views
from kuma_lite.protection import views as protection_views
from kuma_lite.queue import cache, retention, schedule, tables
from kuma_lite.queue import checkup as queue_checkup
from kuma_lite.search import actions as searching
from kuma_lite.search import api as search_api
from kuma_lite.search import checkup as search_checkup
from kuma_lite.search import models as search
from kuma_lite.search import tasks as search_tasks
from kuma_lite.search import views as search_views
from kuma_lite.signup import checkup as signup_checkup
from kuma_lite.signup import models as signups
from kuma_lite.signup import tasks as signup_tasks
from kuma_lite.signup import views as signup_views
from kuma_lite.site import actions as site_choices
from kuma_lite.site import checkup as site_checkup
from kuma_lite.site import help_views as site_help_views
from kuma_lite.site import models as site_models
from kuma_lite.site import sidebar
from kuma_lite.site import views as site_views
from kuma_lite.spam import actions as spamming
from kuma_lite.spam import checking
from kuma_lite.spam import counts as spam_counts
from kuma_lite.spam import models as spam
from kuma_lite.spam import own_views as spam_own_views
from kuma_lite.spam import tasks as spam_tasks
from kuma_lite.spam import views as spam_views
from kuma_lite.stats import models as stats
from kuma_lite.stats import revision_views as stats_revision_views
from kuma_lite.stats import spam_views as stats_spam_views
from kuma_lite.stats import tasks as stats_tasks
from kuma_lite.transfer import models as transfers
from kuma_lite.watch import actions as watching
from kuma_lite.watch import models as watches
from kuma_lite.watch import panels as watch_panels
from kuma_lite.watch import tasks as watch_tasks
from kuma_lite.watch import views as watch_views
from kuma_lite.watch import waiting as waiting_mails
from kuma_lite.web import checkup as web_checkup
from kuma_lite.web import menu, session, signing, wsgi
from kuma_lite.web import models as counts
from kuma_lite.web import tasks as web_tasks
from kuma_lite.wiki import access, authors, checks, panels, protection
from kuma_lite.wiki import api as wiki_api
from kuma_lite.wiki import checkup as wiki_checkup
from kuma_lite.wiki import edit_views as wiki_edit_views
from kuma_lite.wiki import list_views as wiki_list_views
from kuma_lite.wiki import models as wiki
from kuma_lite.wiki import revision_views as wiki_revision_views
from kuma_lite.wiki import tasks as wiki_tasks
from kuma_lite.wiki import views as wiki_views

MODELS = [generations.Generation,
          tables.Worker, tables.Batch, tables.Task, tables.Attempt, tables.Paused, schedule.Schedule,
          cache.Prepared, counts.Tally,
          people.Person, people.Session, people.FormerName, people.ApiToken, people.Ban, people.LoginAttempt,
          people.SecondFactor, people.RecoveryCode, own_accounts.MailedLink,
          wiki.Page, wiki.Revision, wiki.Link, wiki.Tag, wiki.PageTag,
          protection.Protection, protection.Restriction,
          deletions.Deletion, signups.Application,
          moderation.Entry, moderation.Cleanup, moderation.Step,
          drafts.Draft, drafts.SavedForm, drafts.Presence,
          search.Index, search.Entry, search.Word,
          spam.Attempt, spam.Held, spam.Marked, spam.FirstEdit, spam.Trace, spam.RuleList, spam.Word,
          mails.Message, mails.Delivery, mails.Refusals, watches.Watch, watches.WatchPreference, watches.News,
          watches.Pending, stats.PageView, transfers.Imported,
          site_models.Setting, site_models.Picture]
TASKS = [cache, retention, web_tasks, account_tasks, mail_tasks, wiki_tasks, search_tasks, draft_tasks,
         watch_tasks, stats_tasks, feed_tasks, spam_tasks, moderation_tasks, signup_tasks, own_account_tasks,
         backup_tasks]
VIEWS = [wiki_views, wiki_list_views, wiki_revision_views,
         wiki_edit_views, deletion_views, protection_views, search_views, draft_views, watch_views,
         account_views, moderation_views, cleanup_views, moderation_log_views, spam_views, spam_own_views,
         signup_views, recovery_views, own_account_views, change_views, factor_views,
         feed_views, sitemap_views, health, mail_views, own_mail_views,
         site_views, site_help_views, dashboard_views, doctor_views, stats_revision_views, stats_spam_views,
         wiki_api, search_api, dashboard_api]
# What the doctor looks at, in this order
EXAMINED = [Check('address', web_checkup.address, asks_database=False),
            Check('rights', places.rights, asks_database=False),
            Check('secret', places.secret, asks_database=False),
            Check('disk', places.room, asks_database=False),
            Check('valkey', queue_checkup.valkey, asks_database=False),
            Check('database', database.whole, asks_database=False),
            Check('clock', times.check),
            Check('site', site_checkup.look),
            Check('workers', queue_checkup.working),
            Check('tasks', queue_checkup.waiting),
            Check('search', search_checkup.index),
            Check('prepared', wiki_checkup.prepared),
            Check('mail', mail_checkup.mail),
            Check('signup', signup_checkup.links, asks_database=False),
            Check('backup', backup_checkup.newest)]
# What an edit must pass before it is saved: wiki.checks
CHECKS = [access.refuse_banned, access.refuse_protected, checking.check]
# What others show on a page: wiki.panels
PANELS = [watch_panels.on_page, protection_views.panel, deletion_views.panel, spam_views.panel,
          spam_own_views.panel]
MISSING = [deletion_views.where_it_stood, spam_own_views.at_path,
           protection_views.where_none_is]              # where there is no page
DEEDS = [protection_views.deed]                         # and what may be done about that
EDITING = [protection_views.above_form, deletion_views.above_form, draft_panels.offers,
           spam_own_views.above_form, draft_panels.others]      # above the form of a page
BUTTONS = [draft_panels.button]                         # and in it
AUTHORS = [moderation_views.about_author, spam_own_views.on_own_page]   # beside what somebody wrote
SIDEBARS = [sidebar.shown]                              # what leads through the wiki
TOPICS = [watch_panels.on_topic, protection_views.on_topic]     # about all pages of a tag, a tree, the site
# What waits behind an entry of the menu: web.menu
WAITING = {'/spam/attempts': spam_counts.waiting, '/signups': signups.Application.waiting}
# What a mail must pass before it leaves: mail.tasks
OBJECTIONS = [waiting_mails.objection]
# What follows from an edit: events.page_saved
PAGE_SAVED = [searching.on_page_saved, drafting.on_page_saved, watching.on_page_saved, spamming.on_page_saved,
              feeding.on_change, site_choices.on_page_event]
PAGE_UNCHANGED = [drafting.on_page_unchanged]
PAGE_DELETED = [feeding.on_change, searching.on_page_deleted, watching.on_page_deleted,
                moderation_log.on_page_deleted, site_choices.on_page_event]
PAGE_RESTORED = [feeding.on_change, searching.on_page_restored, watching.on_page_restored,
                 moderation_log.on_page_restored, site_choices.on_page_event]
PAGE_PURGED = [feeding.on_change, watching.on_page_purged,
               moderation_log.on_page_purged]
PAGE_PROTECTED = [moderation_log.on_page_protected]
PROTECTION_LIFTED = [moderation_log.on_protection_lifted]
USER_BANNED = [authors.on_user_banned, moderating.on_user_banned]
BAN_LIFTED = [authors.on_ban_lifted]
VERDICT_GIVEN = [moderation_log.on_verdict_given]
PERSON_LEFT = [drafting.on_person_left, watching.on_person_left]
ZONE_CHANGED = [watching.on_zone_changed]
SIGNUP_DECIDED = [moderation_log.on_signup_decided]


def configure(settings):
    """Use these settings from now on. Raises config.ConfigError and folder.FolderError.

    The database may still need `db.migrate()`.
    """
    _check_paths(settings.site)
    config.settings.replace(settings)
    chosen.configure()
    data = folder.prepare(settings.server.data)
    signing.configure(folder.secret(data))
    db.open_file(data / 'wiki.db')
    session.configure(sessions.person_for_session, sessions.person_for_token)
    checks.CHECKS[:] = CHECKS
    examining.CHECKS[:] = EXAMINED
    mail_tasks.OBJECTIONS[:] = OBJECTIONS
    menu.WAITING.clear()
    menu.WAITING.update(WAITING)
    panels.AUTHORS[:], panels.TOPICS[:], panels.MISSING[:] = AUTHORS, TOPICS, MISSING
    panels.PANELS[:], panels.EDITING[:], panels.BUTTONS[:] = PANELS, EDITING, BUTTONS
    panels.DEEDS[:], panels.SIDEBARS[:] = DEEDS, SIDEBARS
    events.page_saved[:], events.page_unchanged[:] = PAGE_SAVED, PAGE_UNCHANGED
    events.page_deleted[:] = PAGE_DELETED
    events.page_restored[:], events.page_purged[:] = PAGE_RESTORED, PAGE_PURGED
    events.page_protected[:], events.protection_lifted[:] = PAGE_PROTECTED, PROTECTION_LIFTED
    events.user_banned[:], events.ban_lifted[:] = USER_BANNED, BAN_LIFTED
    events.person_left[:], events.zone_changed[:] = PERSON_LEFT, ZONE_CHANGED
    events.verdict_given[:], events.signup_decided[:] = VERDICT_GIVEN, SIGNUP_DECIDED


def _check_paths(site):
    for key in ('home', 'sidebar', 'help'):
        path = getattr(site, key)
        try:
            if path or key == 'home':
                text.normalize_path(path)
        except ValueError as error:
            raise config.ConfigError(f'[site] {key} is the path of a page, not "{path}". {error}') from None


def make_app(problems=dict):
    """The WSGI application. `problems()` gives {part: sentence} of what is not well, for /readyz."""
    health.configure(problems)
    return wsgi.make_app([views.app for views in VIEWS])
