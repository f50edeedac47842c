"""Whole machines to try the service on: a bare Debian with its own systemd, inside this one."""
