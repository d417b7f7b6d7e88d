"""What follows for pages from the ban of an author."""
from kuma_lite.wiki import tasks


def on_user_banned(person, ban):
    """The listener for events.user_banned: the bars of contributors do without the banned."""
    tasks.refresh_bars(person.id)
    if ban.until is not None:
        tasks.refresh_bars.schedule([person.id], delay=ban.until - ban.at)


def on_ban_lifted(person, ban):
    """The listener for events.ban_lifted."""
    tasks.refresh_bars(person.id)
