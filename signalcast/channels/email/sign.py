"""Sign a mail with the owner's key, where the account has one."""

from __future__ import annotations

from importlib import import_module

from django.utils.translation import gettext as _

from signalcast.channels.email.server import Server, WrongServer

#: RFC 6376, section 5.4.1, and what RFC 8058 wants signed.
SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"references", b"in-reply-to", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip


def sign(mail: bytes, server: Server) -> bytes:
    """The mail with its signature in front. Raises WrongServer."""
    if server.dkim is None:
        return mail
    try:
        dkim = import_module("dkim")
    except ModuleNotFoundError:
        raise WrongServer(
            _("Signing mail needs the package dkimpy: pip install 'signalcast[dkim]'.")
        ) from None
    signature = server.dkim
    try:
        header: bytes = dkim.sign(
            mail,
            signature.selector.encode(),
            signature.domain.encode(),
            signature.private_key.encode(),
            include_headers=[name for name in SIGNED if b"\r\n" + name + b":" in _head(mail)],
        )
    except Exception as error:  # whatever the library makes of a key that is none
        raise WrongServer(
            _("The mail could not be signed with the account's key: %(kind)s.")
            % {"kind": type(error).__name__}
        ) from None
    return header + mail


def _head(mail: bytes) -> bytes:
    return b"\r\n" + mail.partition(b"\r\n\r\n")[0].lower()
