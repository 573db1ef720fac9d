"""How a command names a policy: by its shop or by its file, each with the date of a version or without."""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from portal.policy.file.places import shop_files
from portal.versions.registry import policies


def file_of(name: str) -> Path:
    """The file of the shop called ``name``, or the one at that path; BadParameter for neither."""
    path = policies().paths.get(name, Path(name))
    if path.is_file():
        return path
    raise click.BadParameter(f"{name} is neither a shop nor a policy file")


def version_file(name: str) -> str:
    """SHOP, SHOP@DATE, FILE or FILE@DATE, by its file, as commands.named_version reads it.

    What was published in the browser is no file: it is written to one while the command runs.
    """
    shop, at, wanted = name.partition("@")
    if shop not in policies():
        if shop in {
            path.stem for path in shop_files()
        }:  # an example that this install doesn't have
            file_of(shop)
        return name
    text = policies().published_text(shop)
    if text is None:
        return f"{file_of(shop)}{at}{wanted}"
    folder = click.get_current_context().with_resource(TemporaryDirectory())
    path = Path(folder) / f"{shop}.toml"
    path.write_bytes(text.encode())
    return f"{path}{at}{wanted}"
