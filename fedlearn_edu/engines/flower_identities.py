"""Certificates and keys for a federation on one computer: who the SuperLink is, and who its SuperNodes are.

A SuperNode believes a SuperLink whose certificate an authority signed that it knows: that is TLS. A SuperLink believes
a SuperNode whose public key was registered with it, and which signs with the private one: that is node authentication.
Both are for lessons on the loopback, made anew for each federation, and valid for a day.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     public = node_keys(Path(folder), "hospital 1")
...     public.read_text()[:20]
'ecdsa-sha2-nistp384 '

References
----------
RFC 5280 (certificates), RFC 5656 (ECDSA keys in OpenSSH's form).
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"
SIGNS_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False, key_encipherment=False,
    data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
)  # fmt: skip


class Authority(NamedTuple):
    """Who signs certificates, and with which key."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey


def authority(folder: Path) -> Authority:
    """Make a certificate authority of our own; its certificate is `ca.crt`, its key is written nowhere."""
    key = ec.generate_private_key(ec.SECP384R1())
    name = _named("fedlearn_edu, for one lesson")
    may_sign = [(x509.BasicConstraints(ca=True, path_length=0), True), (SIGNS_CERTIFICATES, True)]
    certificate = _certificate(name, Authority(name, key), key, may_sign)
    (folder / "ca.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(name, key)


def server_certificate(folder: Path, signer: Authority) -> None:
    """A server's certificate for the loopback: `server.pem` and `server.key`."""
    key = ec.generate_private_key(ec.SECP384R1())
    places = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK)), x509.DNSName("localhost")])
    certificate = _certificate(_named(LOOPBACK), signer, key, [(places, False)])
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write_private(folder / "server.key", key.private_bytes(*form))


def node_keys(folder: Path, name: str) -> Path:
    """A SuperNode's key pair: `<name>.key`, for the node alone; answer what to register, `<name>.pub`."""
    key = ec.generate_private_key(ec.SECP384R1())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    _write_private(folder / f"{name}.key", key.private_bytes(*form))
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    (folder / f"{name}.pub").write_bytes(public)
    return folder / f"{name}.pub"


def _certificate(
    subject: x509.Name, signer: Authority, key: ec.EllipticCurvePrivateKey,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:  # fmt: skip
    who = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    whose = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(signer.name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(minutes=5))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1))
    for extension, is_critical in ((who, False), (whose, False), *extensions):  # Python 3.13 wants who and whose
        builder = builder.add_extension(extension, is_critical)
    return builder.sign(signer.key, hashes.SHA256())


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _write_private(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)
