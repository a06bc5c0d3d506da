"""Telling others how it goes: metrics, errors, traces."""
