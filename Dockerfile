# One image for all: the four services, their migrations, the command `voronka`, and the catcher of letters of the demo.
# The argument is the Python module that runs:
#
#   docker run voronka leads                    a service: leads, deals, automation, analytics
#   docker run voronka events.migrate leads     its migrations
#   docker run voronka voronka --help           the command
#
# Mirrors, certificates and proxies are the builder's own: they come as BASE (an image with your authority in it) and as
# the build arguments below, and stay in the first stage.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ARG PIP_INDEX_URL
ARG PIP_TRUSTED_HOST
WORKDIR /opt/voronka
COPY requirements-image.lock ./
RUN python -m venv --without-pip /opt/venv && \
    pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-image.lock
COPY . .
# hatchling puts the package in as it lies here, beside its migrations, and is not needed afterwards.
RUN pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e . && \
    pip --python /opt/venv/bin/python uninstall --disable-pip-version-check -q -y hatchling pathspec pluggy trove-classifiers && \
    /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash . && \
    chmod -R a+rX,go-w . && rm requirements-image.lock

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION
LABEL org.opencontainers.image.title="voronka" \
      org.opencontainers.image.description="A CRM made of events: leads, deals, automation, analytics" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 voronka && \
    useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin voronka && \
    install -d -o 10001 -g 10001 -m 0700 /var/lib/voronka /var/lib/voronka/documents /var/lib/voronka/demo /var/lib/voronka/mail
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/voronka /opt/voronka
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VORONKA_HOST=0.0.0.0 \
    VORONKA_PORT=8000
WORKDIR /tmp
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["/opt/voronka/deploy/docker/probe", "/livez"]
ENTRYPOINT ["python", "-m"]
CMD ["voronka", "--help"]
