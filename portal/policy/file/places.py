"""Where the policy files of the shops are."""

from collections.abc import Container, Iterable
from pathlib import Path

SHOPS = Path(__file__).parents[1] / "shops"
PINS = "published.toml"  # beside the files: the hashes of what they have published


def shop_files() -> list[Path]:
    """The files of the bundled policies, in the order of their names."""
    return sorted(path for path in SHOPS.glob("*.toml") if path.name != PINS)


def shop_paths(
    named: Iterable[Path], folder: Path, *, only: Container[str] = (), examples: bool = False
) -> list[Path]:
    """The policy files of an install's shops, each once.

    Those that are ``named``, by path or as an example's name, and those of ``folder``; with
    ``examples`` the examples as well. ``only`` are the ids of the shops that run, where they are
    named: then of each what is named, else what is in the folder, else the example.
    """
    by_name = {path.stem: path for path in shop_files()}
    files = [by_name.get(str(path), path) for path in named]
    files += sorted(path for path in folder.glob("*.toml") if path.name != PINS)
    if only:
        own = {path.stem for path in files}
        files += [path for name, path in by_name.items() if name not in own]
        files = [path for path in files if path.stem in only]
    elif examples:
        files = [*by_name.values(), *files]
    return list(dict.fromkeys(files))
