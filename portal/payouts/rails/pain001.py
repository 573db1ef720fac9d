"""A pain.001 document, and the schema that it is checked against: their packages are dear to import."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import sepaxml
import xmlschema
from sepaxml import SepaTransfer

VERSION = "pain.001.001.11"  # the newest that the package has the schema of


class Transfer(SepaTransfer):  # type: ignore[misc]  # the package is untyped
    """The package's document with the run's key and time where it would put chance and the clock."""

    def __init__(self, config: dict[str, Any], *, run: str, at: datetime) -> None:
        self._run, self._at = run, at
        super().__init__(config, schema=VERSION, clean=False)

    def _create_header(self) -> None:
        self.msg_id = self._run
        super()._create_header()
        self._xml.find(".//CreDtTm").text = self._at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _finalize_batch(self) -> None:
        super()._finalize_batch()
        for number, each in enumerate(self._xml.iter("PmtInfId"), start=1):
            each.text = f"{self._run}-{number}"
        if self._config["domestic"]:
            for each in self._xml.iter("ChrgBr"):
                each.text = "SHAR"


def flaw(data: bytes) -> str:
    """Why the schema refuses the document; empty where it doesn't."""
    try:
        schema().validate(data.decode())
    except xmlschema.XMLSchemaValidationError as error:
        return error.reason or str(error)
    return ""


@cache
def schema() -> xmlschema.XMLSchema:
    """The schema that a file is checked against; read once."""
    return xmlschema.XMLSchema(Path(sepaxml.__file__).parent / "schemas" / f"{VERSION}.xsd")
