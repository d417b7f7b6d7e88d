"""Deliveries that wait for a task which has come to its end."""
from peewee import fn

from kuma_lite.mail.models import QUEUED, Delivery
from kuma_lite.queue.tables import Task

ALIVE = ('queued', 'running')


def tasks(delivery_id):
    """The tasks that send a delivery: those that are about it. (The second condition lets the index help.)"""
    return Task.select().where(Task.subject == fn.CONCAT('delivery:', delivery_id), Task.subject != '')


def find():
    """[(delivery id, why it will not be sent by itself)]"""
    alive = tasks(Delivery.id).where(Task.state.in_(ALIVE))
    waiting = Delivery.select(Delivery.id).where(Delivery.state == QUEUED, ~fn.EXISTS(alive))
    return [(delivery.id, _why(delivery.id)) for delivery in waiting]


def _why(delivery_id):
    last = tasks(delivery_id).order_by(Task.id.desc()).first()
    if last is None:
        return 'The task that sends it was forgotten.'
    return f'The task that sends it is {last.state}{": " if last.error else ""}{last.error}.'
