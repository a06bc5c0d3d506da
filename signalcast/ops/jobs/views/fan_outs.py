"""Fan-outs and how far they are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from signalcast.delivery.models import Post
from signalcast.ops.jobs.fan_outs import fan_out_of, moving
from signalcast.ops.jobs.fan_outs import fan_outs as counted
from signalcast.ops.jobs.views.job import LAST
from signalcast.portal.access import OBSERVERS, roles_required
from signalcast.portal.pages import page


@require_GET
@roles_required(*OBSERVERS)
def fan_outs(request: HttpRequest) -> HttpResponse:
    """Those on their way first, then all, newest first."""
    after = request.GET.get("after", "")[:20]
    posts = Post.objects.select_related("feed", "signal")
    shown = page(posts, after)
    on_their_way = [] if after else list(posts.filter(pk__in=moving()).order_by("-pk"))
    known = {post.pk for post in on_their_way}
    context = {
        "moving": counted(on_their_way),
        "rows": counted([post for post in shown.rows if post.pk not in known]),
        "next": shown.after,
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "jobs/_fan_outs.html" if part else "jobs/fan_outs.html", context)


@require_GET
@roles_required(*OBSERVERS)
def fan_out(request: HttpRequest, pk: int) -> HttpResponse:
    """One, counted to the last delivery."""
    one = fan_out_of(get_object_or_404(Post.objects.select_related("feed", "signal"), pk=pk))
    if request.headers.get("HX-Request") != "true":
        return render(request, "jobs/fan_out.html", {"one": one})
    return render(request, "jobs/_fan_out.html", {"one": one}, status=200 if one.moves else LAST)
