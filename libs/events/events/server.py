"""Runs a service as a process: command line, logs, uvicorn, signals."""

import argparse
import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Sequence
from types import FrameType

import prometheus_client
import structlog
import uvicorn

from events import logs
from events.app import App, Service
from events.configuration import ConfigurationError, load, unknown_variables
from events.request_head import LimitedHead
from events.settings import Settings

log = structlog.get_logger(__name__)

REQUESTS_FINISH_SECONDS = 10


class Server(uvicorn.Server):
    """uvicorn that, at SIGTERM, first turns /readyz to 503 and goes on serving for `drain_seconds`."""

    def __init__(self, config: uvicorn.Config, app: App, drain_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._drain_seconds = drain_seconds
        self._draining = False
        app.on_failure = self._exit

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What was loaded at the start lives to the end; the collector need not walk it, which would cost tens of
        # milliseconds at every full collection.
        gc.collect()
        gc.freeze()
        # A request makes no reference cycles worth hunting for: the default of 700 objects walks every batch of
        # captures dozens of times, a tenth of its whole cost.
        gc.set_threshold(50_000, 20, 50)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn's own also raises the signal again at the end, so that a clean stop would exit with 143.
        self._app.stop_soon()
        if sig == signal.SIGTERM and self._drain_seconds and not self._draining:
            self._draining = True
            asyncio.get_running_loop().call_later(self._drain_seconds, self._exit)
        elif self.should_exit:
            self.force_exit = True
        else:
            self._exit()

    def _exit(self) -> None:
        self.should_exit = True


def main(service: Service, argv: Sequence[str] | None = None) -> None:
    """See `events.app.run`."""
    options = vars(_options(service, argv))
    print_only = options.pop("print_settings")
    try:
        settings = load(service.settings, **{name: value for name, value in options.items() if value is not None})
        if print_only:
            sys.stdout.write("".join(f"{name}={value}\n" for name, value in settings.redacted().items()))
            return
        serve(service, settings)
    except ConfigurationError as error:
        sys.stderr.write(f"{service.name} cannot start as it is configured:\n{error}\n")
        sys.exit(2)


def serve(service: Service, settings: Settings) -> None:
    """Runs the service until SIGTERM or SIGINT; returns after a clean stop."""
    logs.configure(service.name, settings.log_level, settings.log_format)
    for line in unknown_variables(service.settings, os.environ):
        log.warning("setting_unknown", hint=line)
    log.info("configured", settings={name: value for name, value in settings.redacted().items() if value})
    app = App(service, settings)
    if settings.metrics_port is not None:
        prometheus_client.start_http_server(settings.metrics_port, settings.host)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=LimitedHead,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=sorted(settings.trusted_proxies),
        timeout_keep_alive=75,
        timeout_graceful_shutdown=REQUESTS_FINISH_SECONDS,
    )
    server = Server(config, app, settings.drain_seconds)
    server.run()
    if app.failure is not None:
        sys.exit(1)


def _options(service: Service, argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=service.name, description=service.description)
    parser.add_argument("--roles", help="what this process does: api,relay,consumer,worker (all by default)")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", help="port to listen on; 0 takes a free one")
    parser.add_argument("--print-settings", action="store_true", help="print the settings, secrets blanked, and stop")
    return parser.parse_args(argv)
