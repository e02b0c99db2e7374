"""Looks for a Windows wheel of every run-time requirement, so that a school PC needs no compiler.

Asks pip what it would install on 64-bit Windows from wheels alone, hashes checked against the lock, for the oldest
supported Python and a recent one. Prints a table; exit status 1 when something is lacking. Needs a package index.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pip._vendor.packaging.markers import Marker

ROOT = Path(__file__).resolve().parent.parent
PYTHON_VERSIONS = ("3.11", "3.14")
WINDOWS = {
    "implementation_name": "cpython",
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "platform_system": "Windows",
    "sys_platform": "win32",
}


@dataclass(frozen=True)
class Requirement:
    """One pinned requirement of a lock file; `line` is the requirement with its hashes, without its marker."""

    name: str
    version: str
    line: str


def read_requirements(path: Path, python_version: str) -> list[Requirement]:
    """Requirements of a lock file that Windows with this Python would install, in the file's order."""
    environment = {
        **WINDOWS,
        "python_version": python_version,
        "python_full_version": f"{python_version}.0",
        "implementation_version": f"{python_version}.0",
    }
    requirements = []
    for block in re.split(r"\n(?=\S)", path.read_text(encoding="utf-8")):
        match = re.match(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(\s*;\s*(?P<marker>[^\\]+))?", block)
        if match and (not match["marker"] or Marker(match["marker"].strip()).evaluate(environment)):
            hashes = " ".join(re.findall(r"--hash=\S+", block))
            requirements.append(
                Requirement(match["name"], match["version"], f"{match['name']}=={match['version']} {hashes}")
            )
    return requirements


def find_wheels(requirements: Sequence[Requirement], python_version: str) -> dict[str, str]:
    """File name of the wheel by name of the requirement; those without a wheel are left out."""
    with tempfile.TemporaryDirectory() as folder:
        lock, report = Path(folder, "requirements.txt"), Path(folder, "report.json")
        lock.write_text("\n".join(requirement.line for requirement in requirements) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--dry-run"]
        command += ["--ignore-installed", "--no-deps", "--require-hashes", "--only-binary=:all:", "--implementation=cp"]
        command += ["--platform=win_amd64", f"--python-version={python_version}", f"--target={folder}/target"]
        command += [f"--report={report}", "-r", str(lock)]
        if python_version != f"{sys.version_info.major}.{sys.version_info.minor}":
            command.append("--ignore-requires-python")  # pip would compare with the Python that runs it
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            installed = json.loads(report.read_text(encoding="utf-8"))["install"]
            names = {requirement.name for requirement in requirements}
            files = {item["metadata"]["name"]: item["download_info"]["url"].rsplit("/", 1)[-1] for item in installed}
            wheels = {re.sub(r"[-_.]+", "-", name).lower(): file for name, file in files.items()}
            return {name: wheels[name] for name in names}
    if "No matching distribution found" not in result.stderr:
        raise SystemExit(f"pip failed:\n{result.stderr}")
    if len(requirements) == 1:
        return {}
    # pip names only the first one that it lacks: ask for each half, down to the single requirement.
    middle = len(requirements) // 2
    return find_wheels(requirements[:middle], python_version) | find_wheels(requirements[middle:], python_version)


def main() -> int:
    """Prints a table per Python version and returns the exit status."""
    lacking = []
    for python_version in PYTHON_VERSIONS:
        requirements = read_requirements(ROOT / "requirements.txt", python_version)
        wheels = find_wheels(requirements, python_version)
        print(f"Windows, Python {python_version}: {len(wheels)} of {len(requirements)}")
        for requirement in requirements:
            print(f"  {requirement.name:24} {requirement.version:20} {wheels.get(requirement.name, 'NO WHEEL')}")
        lacking += [f"{item.name} ({python_version})" for item in requirements if item.name not in wheels]
    if lacking:
        print(f"\nWithout a wheel for Windows: {', '.join(lacking)}", file=sys.stderr)
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
