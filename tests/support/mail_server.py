"""A mailbox that is read by IMAP."""

import imaplib
import subprocess
import sys
import time

from embedded.process import free_port


class MailServer:
    """An IMAP server in a process of its own, in memory: a new one has another UIDVALIDITY."""

    user, password = "sales", "mail-password"

    def __init__(self, *tls: str) -> None:
        """``tls`` are options of the server's own; without them it speaks in the clear only."""
        self.port = free_port()
        self._tls = tls or ("--no-tls",)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = "import sys; from pymap.main import main; sys.exit(main())"
        options = ["--host", "127.0.0.1", "--port", str(self.port), *self._tls, "--no-service", "managesieve"]
        demo = ["dict", "--demo-user", self.user, "--demo-password", self.password]
        self._process = subprocess.Popen([sys.executable, "-c", program, *options, "--no-service", "admin", *demo])
        for _ in range(1200):
            try:
                self.session().logout()
            except (OSError, imaplib.IMAP4.abort):
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the mail server does not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def session(self) -> imaplib.IMAP4:
        session = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        if self._tls != ("--no-tls",):
            session.starttls()
        session.login(self.user, self.password)
        return session

    def deliver(self, *letters: bytes) -> None:
        session = self.session()
        for letter in letters:
            assert session.append("INBOX", None, None, letter)[0] == "OK"
        session.logout()

    def unseen(self) -> int:
        session = self.session()
        session.select("INBOX", readonly=True)
        _, found = session.search(None, "UNSEEN")
        session.logout()
        return len((found[0] or b"").split())
