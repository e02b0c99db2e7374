"""Looks for a Windows wheel of every run-time requirement, so that a school PC needs no compiler.

Asks pip what it would install for 64-bit Windows and the oldest supported Python from wheels alone, one requirement
at a time, hashes checked against the lock. Prints a table; exit status 1 when something is lacking. Needs an index.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pip._vendor.packaging.markers import Marker

ROOT = Path(__file__).resolve().parent.parent
PYTHON_VERSION = "3.11"
WINDOWS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.0",
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "platform_system": "Windows",
    "python_full_version": "3.11.0",
    "python_version": PYTHON_VERSION,
    "sys_platform": "win32",
}


@dataclass(frozen=True)
class Requirement:
    """One pinned requirement of a lock file, with its hashes as pip's requirement lines."""

    name: str
    version: str
    lines: str


def read_requirements(path: Path) -> list[Requirement]:
    """Requirements of a lock file that a Windows machine would install, in the file's order."""
    requirements = []
    for block in re.split(r"\n(?=\S)", path.read_text(encoding="utf-8")):
        match = re.match(r"(?P<name>[\w.-]+)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)(\s*;\s*(?P<marker>[^\\]+))?", block)
        if match and (not match["marker"] or Marker(match["marker"].strip()).evaluate(WINDOWS)):
            requirements.append(Requirement(match["name"], match["version"], block))
    return requirements


def find_wheel(requirement: Requirement, folder: Path) -> str | None:
    """File name of the wheel that pip would take on Windows; None when there is none."""
    lock, report = folder / "requirement.txt", folder / "report.json"
    lock.write_text(requirement.lines + "\n", encoding="utf-8")
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run"]
    command += ["--ignore-installed", "--no-deps", "--require-hashes", "--only-binary=:all:", "--platform=win_amd64"]
    command += [f"--python-version={PYTHON_VERSION}", "--implementation=cp", f"--target={folder / 'target'}"]
    command += [f"--find-links={ROOT / 'wheels'}", f"--report={report}", "-r", str(lock)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        url: str = json.loads(report.read_text(encoding="utf-8"))["install"][0]["download_info"]["url"]
        return url.rsplit("/", 1)[-1]
    if "No matching distribution found" in result.stderr:
        return None
    raise SystemExit(f"pip failed on {requirement.name}:\n{result.stderr}")


def main() -> int:
    """Prints the table and returns the exit status."""
    requirements = read_requirements(ROOT / "requirements.txt")
    lacking = []
    with tempfile.TemporaryDirectory() as folder:
        for requirement in requirements:
            wheel = find_wheel(requirement, Path(folder))
            print(f"{requirement.name:28} {requirement.version:22} {wheel or 'NO WHEEL'}", flush=True)
            if wheel is None:
                lacking.append(requirement.name)
    if lacking:
        print(f"\nWithout a wheel for Windows: {', '.join(lacking)}", file=sys.stderr)
        return 1
    print(f"\nAll {len(requirements)} run-time requirements have a wheel for Windows.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
