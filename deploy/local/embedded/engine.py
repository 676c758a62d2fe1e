"""The Docker engine of this machine, for what can run from official images."""

from __future__ import annotations

_ANSWER_SECONDS = 10
_PULL_SECONDS = 600


class NoEngine(RuntimeError):
    """No Docker engine answers, or it cannot have an image; the text says which."""


def have(image: str) -> None:
    """Returns when containers of the image can be started by testcontainers; raises :class:`NoEngine`.

    testcontainers lets a container of its own (Ryuk) remove what a killed test leaves behind. Where its image can be
    had neither from the engine nor from a registry, it is done without.
    """
    try:
        import docker  # type: ignore[import-untyped]
        from testcontainers.core.config import testcontainers_config
    except ImportError as error:
        raise NoEngine(f"no container: {error}") from error
    try:
        docker.from_env(timeout=_ANSWER_SECONDS).ping()
        client = docker.from_env(timeout=_PULL_SECONDS)
        if not client.images.list(name=image):
            client.images.pull(image)
        if not testcontainers_config.ryuk_disabled and not client.images.list(name=testcontainers_config.ryuk_image):
            try:
                client.images.pull(testcontainers_config.ryuk_image)
            except docker.errors.APIError:
                testcontainers_config.ryuk_disabled = True
    except (docker.errors.DockerException, OSError) as error:
        raise NoEngine(f"no container: {error}") from error
