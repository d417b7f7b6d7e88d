"""Kuma Lite: a small wiki from one command, and a worked example of asynchronous tasks."""
__version__ = '0.2.0.dev0'
