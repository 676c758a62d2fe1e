"""Puts the HTTP side of a service together: FastAPI with the routes, the pages, and the edge around both."""

from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp

from events import (
    api_keys,
    asyncapi,
    audit,
    docs_pages,
    feed,
    key_rotation,
    metrics,
    openapi,
    operations_api,
    quarantine_api,
    trace_api,
)
from events.answers import ANSWERED, problem_of
from events.auth import RawRoute, access_of
from events.edge import Edge, Page, report
from events.gate import Limits, gates
from events.health import Health
from events.problems import MethodNotAllowed
from events.service import Runtime, Service
from events.settings import ConfigurationError, Settings
from events.supervisor import Component

VERSION = version("voronka")


def compose(
    service: Service, runtime: Runtime, health: Health, components: Sequence[Component] = ()
) -> tuple[Edge, FastAPI]:
    """The HTTP side of a service; ``components`` are all its parts, whether they run in this process or not.

    Raises ConfigurationError if a route declares neither a permission nor why it is public.
    """
    settings = runtime.settings
    routes: list[BaseRoute] = []
    raw: Mapping[str, ASGIApp] = {}
    if "api" in settings.roles:
        routers = [
            *service.routers(runtime),
            api_keys.router(runtime.pool, runtime.api_keys),
            key_rotation.router(runtime.pool, runtime.api_keys),
            audit.router(runtime.pool),
            feed.router(service.name, runtime.pool),
            operations_api.router(runtime, health),
            trace_api.router(service.name, runtime.pool),
        ]
        if service.subscribes:
            routers.append(quarantine_api.router(runtime.pool, components))
        routes = [route for router in routers for route in router.routes]
        raw = service.raw_routes(runtime)
    declared = access_of(routes, raw)
    if unsaid := [f"{route.methods} {route.path}" for route in declared if not route.declared]:
        raise ConfigurationError(f"Routes that declare neither a permission nor why they are public: {unsaid}")
    api = FastAPI(
        title=service.title,
        description=service.description,
        version=VERSION,
        # Given flat: include_router would match every request twice.
        routes=gates(
            routes,
            runtime.authenticator,
            Limits(settings.max_body_bytes, settings.max_upload_bytes),
            audit.Audit(runtime.pool, needs_reason=runtime.settings.reason_required),
            has_second_wall=service.has_second_wall,
        ),
        openapi_url=None,
        redirect_slashes=False,
        # FastAPI's own telemetry records the texts of errors, which may hold personal data.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    api.state.authenticator = runtime.authenticator
    api.state.public_url = settings.public_url or ""
    for kind in (*ANSWERED, Exception):
        api.add_exception_handler(kind, _answer)
    edge = Edge(
        service=service.name,
        authenticator=runtime.authenticator,
        pages=_pages(service, settings, partial(openapi.document, api, routes, declared, service.examples), health),
        not_started=health.not_started,
        raw={prefix: route for prefix, route in raw.items() if isinstance(route, RawRoute)},
        public_url=api.state.public_url,
        max_requests_at_once=settings.max_requests_at_once,
        log_requests=settings.log_requests,
    )
    return edge, api


async def _answer(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if isinstance(problem, MethodNotAllowed):
        # Starlette names the methods of the first route of this path only.
        problem.headers["Allow"] = ", ".join(sorted(_methods(request)))
    report(error, problem)
    request.scope["reported"] = True
    return problem.response(request.app.state.public_url)


def _methods(request: Request) -> set[str]:
    here = [gate for gate in request.app.routes if gate.matches(request.scope)[0] is not Match.NONE]
    return {method for gate in here for method in gate.methods}


def _pages(service: Service, settings: Settings, described: docs_pages.Document, health: Health) -> dict[str, Page]:
    pages: dict[str, Page] = {"/livez": health.livez, "/readyz": health.readyz, "/startupz": health.startupz}
    if settings.metrics_port is None:
        pages["/metrics"] = _metrics
    if "api" in settings.roles:
        pages |= docs_pages.problem_pages()
    if settings.docs and "api" in settings.roles:
        events = partial(
            asyncapi.document, service.name, service.title, VERSION, settings.kafka_bootstrap, service.subscribes
        )
        pages |= docs_pages.pages(service.title, described, events)
    return pages


async def _metrics() -> Response:
    return Response(metrics.page(), media_type=metrics.CONTENT_TYPE)
