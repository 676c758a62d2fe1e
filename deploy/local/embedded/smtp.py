"""A mail server that delivers nothing: every letter it accepts becomes a file in a Maildir.

aiosmtpd speaks SMTP in a process of its own. A letter is answered with 250 only after it was written and synced, and
the Maildir's rename makes it whole or absent, so what was accepted survives a kill.
"""

from __future__ import annotations

import email
import email.policy
import mailbox
import smtplib
import sys
from email.message import EmailMessage
from pathlib import Path

from embedded.process import ChildProcess, Server, free_port

_HOST = "127.0.0.1"
_ANSWER_SECONDS = 2.0


class SmtpCatcher(Server):
    """SMTP without TLS or login on `port` of 127.0.0.1 (None takes a free one).

    Letters are kept in the Maildir `folder`, also over restarts; the process's own output is appended to `log`.
    The envelope is added to each letter as headers `X-MailFrom`, `X-RcptTo` (comma separated) and `X-Peer`.
    """

    def __init__(self, folder: Path, log: Path, port: int | None = None) -> None:
        self.folder = folder.resolve()
        self.host = _HOST
        self.port = port or free_port()
        listen = ["--nosetuid", "--smtputf8", "--listen", f"{_HOST}:{self.port}"]
        self._server = ChildProcess(
            "the mail catcher",
            [sys.executable, "-m", "aiosmtpd", *listen, "--class", "aiosmtpd.handlers.Mailbox", str(self.folder)],
            log=log,
            ready=self._greets,
        )

    @property
    def pid(self) -> int:
        return self._server.pid

    def start(self, deadline: float = 30.0) -> None:
        """Returns when the server greets; raises ProcessFailed after `deadline` seconds."""
        self._server.start(deadline)

    def stop(self) -> None:
        """Letters stay where they are."""
        self._server.stop(deadline=5.0)

    def kill(self) -> None:
        """SIGKILL."""
        self._server.kill()

    def letters(self) -> list[EmailMessage]:
        """All letters accepted so far, in the order of their arrival."""
        if not self.folder.is_dir():
            return []
        box = mailbox.Maildir(self.folder, create=False)
        keys = sorted(box.iterkeys(), key=lambda key: (self.folder / "new" / key).stat().st_mtime_ns)
        return [email.message_from_bytes(box.get_bytes(key), EmailMessage, policy=email.policy.default) for key in keys]

    def _greets(self) -> bool:
        try:
            with smtplib.SMTP(_HOST, self.port, timeout=_ANSWER_SECONDS) as client:
                return client.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False
