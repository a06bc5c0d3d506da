"""What mails lead back to: the page to unsubscribe at, and the address for bounces."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from signalcast.channels.email import unsubscribe as verbs
from signalcast.channels.email.bounce import BadBounce, bounce, read_bounces
from signalcast.channels.models import Account, Destination

#: Bytes of a bounce: the mail that came back is part of it.
LARGEST_BOUNCE = 2_000_000


@csrf_exempt  # the address itself is the right to do it (RFC 8058), and nobody is signed in
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, at GET: scanners follow links. POST ends it, at once; `undo` takes that back."""
    destination = verbs.find(token)
    if destination is None:
        raise Http404
    if request.method == "POST":
        if "undo" in request.POST:
            verbs.subscribe_again(destination)
        else:
            verbs.unsubscribe(destination)
        if "List-Unsubscribe" in request.POST:  # a mail program, which shows no page
            return HttpResponse(status=200)
        return redirect(request.path)
    ended = destination.state == Destination.State.DISABLED
    reader = destination.owner
    # Nobody is signed in, but it is known whose mail the address came with.
    with translation.override((reader.language if reader else "") or settings.LANGUAGE_CODE):
        told = {"address": destination.address, "ended": ended}
        return render(request, "portal/unsubscribe.html", told)


def bounces_address(account: Account) -> str:
    """The path at which a mail service reports bounces of an account."""
    return reverse("bounces", args=[_signer().sign(str(account.pk))])


@csrf_exempt  # the token is the right to do it
@require_POST
def bounces(request: HttpRequest, token: str) -> HttpResponse:
    """Take a bounce: the mail itself (RFC 3464) or what a mail service makes of it, as JSON."""
    try:
        account = Account.objects.filter(pk=_signer().unsign(token), kind="email").first()
    except BadSignature:
        account = None
    if account is None:
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BOUNCE:
        return JsonResponse({"title": "The bounce is too large."}, status=413)
    try:
        found = read_bounces(request.body, request.content_type or "")
    except BadBounce as problem:
        return JsonResponse({"title": str(problem)}, status=422)
    return JsonResponse({"disabled": sum(bounce(one) for one in found)})


def _signer() -> Signer:
    return Signer(salt="bounces")
