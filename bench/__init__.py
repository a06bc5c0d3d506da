"""Benchmarks: every figure beside what it is compared with, measured in one run."""

from __future__ import annotations
