"""PDF/A-3a and PDF/UA-1 in one file, with files embedded in it.

WeasyPrint 70 writes the one or the other. Both ask for the same tags, which ours are; what lacks is that
the metadata claim PDF/UA too. PDF/A wants every property that is not its own to be described, so the claim
comes with its schema. The option `xmp_metadata` would append a second RDF that validators do not read.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pydyf
import weasyprint.pdf
from weasyprint import Attachment
from weasyprint.document import DocumentMetadata

#: the variant of WeasyPrint that is made into both
ARCHIVE = "pdf/a-3a"
_CLAIM = b"""\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"\
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"\
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 to which the document conforms</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">\
<pdfuaid:part>1</pdfuaid:part></rdf:Description>"""
_END = b"</rdf:RDF>"


@dataclass(frozen=True)
class Embedded:
    """A file inside the PDF; `relationship` is one of ISO 32000-2, 7.11.3 (Data, Source, Supplement, …)."""

    name: str
    data: bytes
    description: str
    relationship: str
    dated: datetime


def attachments(files: Iterable[Embedded]) -> list[Any]:
    """What WeasyPrint embeds: in the order that a name tree must have, dated as told, read from nowhere."""
    return [
        Attachment(
            file_obj=_Read(one.data),
            name=one.name,
            description=one.description,
            created=one.dated,
            modified=one.dated,
            relationship=one.relationship,
        )
        for one in sorted(files, key=lambda one: one.name)
    ]


class _Read:
    """Bytes as WeasyPrint reads them from a file object."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self) -> bytes:
        return self._data


@contextmanager
def both_standards() -> Iterator[None]:
    """Let what is written inside claim PDF/UA-1 beside PDF/A-3a; one document at a time (`render.LOCK`)."""
    generate, data = DocumentMetadata.generate_rdf_metadata, pydyf.Stream.data

    def claiming(self: Any, *arguments: Any) -> bytes:
        written: bytes = generate(self, *arguments)
        return written.replace(_END, _CLAIM + _END)

    def ended(self: Any) -> bytes:
        """End with CR LF: after data that happen to end with CR, a bare LF would seem to belong to it."""
        written: bytes = data.fget(self)
        return written.removesuffix(b"\nendstream") + b"\r\nendstream"

    def closed(file: Any, *arguments: Any) -> Any:
        with file:  # the colour profile that WeasyPrint opens and leaves open
            return profile(file, *arguments)

    profile = weasyprint.pdf.ColorProfile
    DocumentMetadata.generate_rdf_metadata, pydyf.Stream.data = claiming, property(ended)
    weasyprint.pdf.ColorProfile = closed
    try:
        yield
    finally:
        weasyprint.pdf.ColorProfile = profile
        DocumentMetadata.generate_rdf_metadata, pydyf.Stream.data = generate, data


def finish(_document: Any, pdf: Any) -> None:
    """Leave the metadata readable for programs that know no PDF, and name each embedded file once."""
    for item in pdf.objects:
        if isinstance(item, pydyf.Stream) and item.extra.get("Type") == "/Metadata":
            item.compress = False
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
