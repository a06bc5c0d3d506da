"""Whom announcements go to, in words."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from signalcast.delivery.models import Post
from signalcast.delivery.segment import Segment, read_segment
from signalcast.plans.channel_words import CHANNELS
from signalcast.plans.models import Plan


def receivers(posts: Sequence[Post]) -> dict[int, str]:
    """For each post, by its id. One statement where plans are named, else none."""
    segments = {post.pk: read_segment(post.segment) for post in posts if post.segment is not None}
    named = {plan for segment in segments.values() for plan in segment.plans}
    names = dict(Plan.objects.filter(pk__in=named).values_list("pk", "name")) if named else {}
    found = {post.pk: post.feed.name for post in posts if post.feed}
    return found | {pk: _words(segment, names) for pk, segment in segments.items()}


def _words(segment: Segment, names: dict[int, str]) -> str:
    said = [str(segment.who.label)]
    if segment.ended_after:
        said.append(_("since %(day)s") % {"day": f"{segment.ended_after:%Y-%m-%d}"})
    said += [names.get(plan, "") for plan in segment.plans]
    if segment.kind:
        said.append(str(CHANNELS.get(segment.kind, segment.kind)))
    return " · ".join(filter(None, said))
