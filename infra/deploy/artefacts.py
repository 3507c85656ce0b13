"""What a deployment uploads. Names are digests of contents: the same code has the same key, so a stack whose code did
not change is left alone, and what an earlier release named is still there to go back to."""

import base64
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

# The functions that are built, in the order of the template's parameters.
FUNCTIONS = ("api", "scanner", "worker", "dlq", "reconciler", "script")
# The oldest date that a zip can bear: the date of the build must not change the digest.
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Artefact:
    """A file and the key under which it is uploaded."""

    name: str
    path: Path
    key: str


def zip_bootstrap(binary: Path, to: Path) -> None:
    """Zips a function's binary as Lambda wants it. The same binary gives the same bytes."""
    entry = zipfile.ZipInfo("bootstrap", EPOCH)
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    to.parent.mkdir(parents=True, exist_ok=True)
    half = to.with_suffix(".part")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr(entry, binary.read_bytes())
    half.replace(to)


def digest(path: Path) -> str:
    """The first 16 digits of a file's SHA-256: enough that no two releases share them."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def package(binaries: Path, to: Path) -> list[Artefact]:
    """Zips each function's `bootstrap` below `binaries`, as cargo lambda lays them out, into the folder `to`.

    Raises FileNotFoundError if one has not been built.
    """
    artefacts = []
    for function in FUNCTIONS:
        binary = binaries / function / "bootstrap"
        path = to / f"{function}-{digest(binary)}.zip"
        if not path.exists():
            zip_bootstrap(binary, path)
        artefacts.append(Artefact(function, path, f"functions/{function}/{digest(path)}.zip"))
    return artefacts


def template(path: Path) -> Artefact:
    """The template as it is uploaded: it is too long for a request."""
    return Artefact("template", path, f"templates/{digest(path)}{path.suffix}")


def lambda_digest(path: Path) -> str:
    """The digest that Lambda shows of a zip (`CodeSha256`)."""
    return base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()


def code_parameter(function: str) -> str:
    """The template's parameter that names a function's code."""
    return f"{function.capitalize()}CodeKey"


def code_keys(artefacts: list[Artefact]) -> dict[str, str]:
    """The values of those parameters."""
    return {code_parameter(artefact.name): artefact.key for artefact in artefacts}
