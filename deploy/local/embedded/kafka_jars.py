"""Where Apache Kafka's own jars, and a Java to run them, come from."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

_POM = Path(__file__).parents[1] / "kafka" / "pom.xml"
_MAVEN_SECONDS = 900


class KafkaUnavailable(RuntimeError):
    """Neither a container nor the jars can be had; the text says why for each."""


class KafkaSettings(BaseSettings):
    """VORONKA_KAFKA_JARS: folder where the jars fetched by Maven are kept."""

    model_config = SettingsConfigDict(env_prefix="VORONKA_", frozen=True)

    kafka_jars: Path = Path("~/.cache/voronka/kafka")


def find_java() -> str:
    """Path of a Java of version 17 or newer, which Kafka 4 needs. Raises KafkaUnavailable."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if java is None:
        raise KafkaUnavailable("no jars: there is no java")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < 17:
        raise KafkaUnavailable(f"no jars: Java 17 or newer is needed, not {told.splitlines()[:1]}")
    return java


def fetch_jars() -> Path:
    """Folder with all jars of the pom, fetched by Maven once for every content of the pom. Raises KafkaUnavailable."""
    cache = KafkaSettings().kafka_jars.expanduser()
    jars = cache / hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailable("no jars: there is no Maven to fetch them")
    partial = cache / f"{jars.name}.{os.getpid()}"
    command = [maven, "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies", f"-DoutputDirectory={partial}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_MAVEN_SECONDS)
        if done.returncode != 0:
            raise KafkaUnavailable(f"no jars: Maven could not fetch them\n{done.stdout[-2000:]}")
        if not jars.exists():
            partial.rename(jars)
    except subprocess.TimeoutExpired:
        raise KafkaUnavailable(f"no jars: Maven took longer than {_MAVEN_SECONDS} s") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return jars
