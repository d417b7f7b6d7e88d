"""Whether what admins chose is what people see."""
from kuma_lite import chosen
from kuma_lite.config import settings
from kuma_lite.findings import note
from kuma_lite.site.models import Picture, Setting, stands


def look(visit):
    """What was chosen and does not count, or leads nowhere."""
    chosen.refresh()
    for key, option in chosen.OFFERED.items():
        place, value = settings.forced.get((option.section, key)), Setting.newest(key)
        in_force = getattr(settings.site, key)
        if place and value is not None and value != in_force:
            yield note(f'On the web “{key}” was chosen to be “{value}”, and {place} says “{in_force}”, which '
                       'counts.', f'Take {place} away, or choose the same at /site.')
        elif key != 'name' and in_force != option.default and in_force and not stands(in_force):
            yield note(f'[site] {key} is “{in_force}”, and there is no such page.',
                       'Write it, or choose another page at /site.')
    logo = chosen.logo()
    if logo and not Picture.select().where(Picture.file == logo.file).exists():
        yield note('The logo that was chosen is gone.', 'Upload it again at /site.')
