"""A new plugin as a working package: what stands in `files` with the plugin's name in it, and a template for Word."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from string import Template

from workflow_core.exceptions import InvalidInput
from workflow_core.rendering import repacked

HERE = Path(__file__).parent
FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "{name}/__init__.py": "package.py",
    "{name}/rules.py": "rules.py",
    "{name}/letter.py": "letter.py",
    "{name}/{name}_pair.yaml": "pair.yaml",
    "{name}/{name}_profile.yaml": "profile.yaml",
    "tests/samples/{name}_letter.json": "sample.json",
    "tests/test_rules.py": "test_rules.py",
    "tests/test_letter.py": "test_letter.py",
}
"""File of the package -> file here, which ends in .txt so that no tool takes it for code."""
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MOST_LETTERS = 30


def require_name(name: str, taken: Collection[str]) -> None:
    """Raises InvalidInput with a sentence where no package can be called so. `taken`: names of plugins that are installed."""
    if not _NAME.fullmatch(name) or not 3 <= len(name) <= MOST_LETTERS:
        text = (
            f"Имя «{name}» не подходит: нужны строчные латинские буквы, цифры и «_», сначала буква, "
            f"от 3 до {MOST_LETTERS} знаков. Например: dormitory_rules."
        )
    elif name in taken:
        text = f"Дополнение «{name}» уже установлено. Выберите другое имя."
    elif keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in sys.stdlib_module_names or find_spec(name):
        text = f"Имя «{name}» занято: так называется пакет Python. Выберите другое, например {name}_rules."
    else:
        return
    raise InvalidInput({"name": text})


def make(name: str, folder: Path, *, title: str = "", taken: Collection[str] = ()) -> list[Path]:
    """Write the package into `folder / name`; gives the files. Raises InvalidInput, and writes nothing then."""
    require_name(name, taken)
    target = folder / name
    if not folder.is_dir():
        raise InvalidInput({"folder": f"Папки «{folder}» нет. Создайте её или укажите другую: --folder."})
    if target.exists():
        raise InvalidInput({"folder": f"«{target}» уже есть, ничего не записано. Выберите другое имя или папку."})
    words = {"name": name, "title": title or f"Правила «{name}»"}
    made = []
    for path, source in FILES.items():
        file = target / path.format(name=name)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = (HERE / "files" / f"{source}.txt").read_text(encoding="utf-8")
        file.write_text(Template(text).substitute(words), encoding="utf-8")
        made.append(file)
    template = target / name / "templates" / "letter.docx"
    template.parent.mkdir()
    template.write_bytes(_letter())
    return [*made, template]


def _letter() -> bytes:
    """The template of the sample document; whoever changes it does so in Word."""
    import io

    import docx

    document = docx.Document()
    document.add_paragraph("{{ organisation }}")
    document.add_heading("Памятка наставнику", level=1)
    document.add_paragraph("Кому: {{ mentor }}")
    document.add_paragraph("Вы ведёте:")
    for line in ("{%p for mentee in mentees %}", "— {{ mentee }}", "{%p endfor %}"):
        document.add_paragraph(line)
    buffer = io.BytesIO()
    document.save(buffer)
    return repacked(buffer.getvalue())
