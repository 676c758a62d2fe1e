"""A certificate authority of the tests, and certificates of servers on this machine."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Authority:
    """Its own certificate is in ``path``; it signs others into ``folder``."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def path(self) -> Path:
        return self.folder / f"{_name(self.certificate)}.pem"

    def server(self, host: str, *, days: int = 1) -> tuple[Path, Path]:
        """Certificate and key of a server of that name or address; one of a negative number of days has ended."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            named: x509.GeneralName = x509.IPAddress(ip_address(host))
        except ValueError:
            named = x509.DNSName(host)
        made = _builder(host, key, days).issuer_name(self.certificate.subject)
        made = made.add_extension(x509.SubjectAlternativeName([named]), critical=False)
        signed = made.sign(self.key, hashes.SHA256())
        paths = self.folder / f"{host}.{days}.pem", self.folder / f"{host}.{days}.key"
        paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return paths


def authority(folder: Path, name: str = "tests") -> Authority:
    """A new one."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _builder(name, key, 1).issuer_name(_subject(name))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = made.sign(key, hashes.SHA256())
    new = Authority(folder, key, certificate)
    new.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return new


def _builder(name: str, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(_subject(name)).public_key(key.public_key())
    return (
        made.serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
