"""Signing up: how people who have no account get one, if [accounts] signup lets them."""
