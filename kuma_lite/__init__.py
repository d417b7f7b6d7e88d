"""Kuma Lite: a small wiki from one command, and a worked example of asynchronous tasks."""
__version__ = '0.1.0'
