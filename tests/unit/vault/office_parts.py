"""Office documents that act, hide or fetch, and honest ones like them, one part at a time."""

from __future__ import annotations

from app.vault.inspecting.kinds import Kind
from app.vault.inspecting.specimens import open_document, open_xml, open_xml_types

RELS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
LINK = '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" {}/>'


def linked(of_kind: str, how: str) -> dict[str, str | bytes]:
    return {"word/_rels/document.xml.rels": RELS.format(LINK.format(of_kind, how))}


def run(*texts: str) -> str:
    return "".join(f"<w:r>{text}</w:r>" for text in texts)


def field(*instruction: str, result: str = "") -> str:
    """A field of Word whose instruction is spread over several runs."""
    shown = run('<w:fldChar w:fldCharType="separate"/>') + run(f"<w:t>{result}</w:t>") if result else ""
    said = "".join(part if part.startswith("<") else run(f"<w:instrText>{part}</w:instrText>") for part in instruction)
    return run('<w:fldChar w:fldCharType="begin"/>') + said + shown + run('<w:fldChar w:fldCharType="end"/>')


def word(body: str, name: str = "word/document.xml") -> bytes:
    return open_xml(Kind.DOCX, {name: f"<w:document>{body}</w:document>"})


def sheet(formula: str) -> bytes:
    return open_xml(Kind.XLSX, {"xl/worksheets/s.bin": f"<x:worksheet><x:c><x:f>{formula}</x:f></x:c></x:worksheet>"})


def related(of_kind: str) -> bytes:
    return open_xml(Kind.XLSX, {"xl/_rels/workbook.xml.rels": RELS.format(LINK.format(of_kind, 'Target="a.dat"'))})


def declared(content_type: str) -> bytes:
    types = open_xml_types(Kind.PPTX).replace(
        "</Types>", f'<Override PartName="/ppt/a%2Edat" ContentType="{content_type}"/></Types>'
    )
    return open_xml(Kind.PPTX, {"[Content_Types].xml": types, "ppt/a.dat": "x"})


def followed(target: str, of_kind: str = "hyperlink") -> dict[str, str | bytes]:
    return linked(of_kind, f'Target="{target}" TargetMode="External"')


def link_used_by(element: str) -> bytes:
    body = f'<w:document><{element}="r1"/></w:document>'
    return open_xml(Kind.DOCX, {**followed("https://x.example/"), "word/document.xml": body})


def odf(element: str) -> bytes:
    return open_document(Kind.ODS, {"content.xml": f"<o:document-content>{element}</o:document-content>"})


REACHING_FIELDS = (
    field('HYPERLINK "\\\\\\\\x.example\\\\share\\\\a.exe"'),
    field("HYPERLINK file:///c:/x.exe"),
    field('HYPERLINK \\t "_blank" "file:///c:/x.exe"'),
    '<v:shape href="file:///c:/windows/x.exe"/>',
    field("ddeauto c:\\x"),
    field("DD", "EAU", "TO c:\\x"),
    field("&#68;DEAUTO c:\\x"),
    field(' "DDE" c:\\x'),
    field("DDEAUTO c:\\x", result="1"),
    field("IF 1=1 ", field("DDE c:\\x"), " 2"),
    field(field("QUOTE 68 68 69"), " c:\\x"),
    field("DD", field("QUOTE 69"), " c:\\x"),
    field('INCLUDEPICTURE "https://x.example/i" \\d'),
    field("LINK Excel.Sheet.12 c:\\x"),
    field(run("<w:t>DDE c:\\x</w:t>")),
    run('<w:fldChar w:fldCharType="begin"/>') + run("<w:instrText>DDE c:\\x</w:instrText>"),
    '<w:fldSimple w:instr=" IncludeText c:\\x"/>',
    '<w:fldSimple w:instr="D&#x44;E c:\\x"/>',
)
REACHING_FORMULAS = (
    "IF(FALSE,'a&quot;'!A1,WEBSERVICE(&quot;http://x.example&quot;))",
    "IF(FALSE,'a&quot;'!A1,cmd|'/c calc'!A1&amp;&quot;x&quot;)",
    "'cmd'|'/c calc'!A1",
    "HYPERLINK(&quot;\\\\x.example\\s\\a.exe&quot;)",
    "HYPERLINK(&quot;file:///c:/x.exe&quot;,A1)",
    "_xlfn.WEBSERVICE(&quot;http://x.example&quot;)",
    "1+webservice (A1)",
    "RTD(&quot;a&quot;,,&quot;b&quot;)",
    "CALL(&quot;k&quot;)",
    "_xlfn.IMAGE(A1)",
    "cmd|' /C calc'!A0",
    "&#99;md|x!A0",
)
ACTING_RELATIONS = (
    *("vbaProject", "VBAPROJECT/", "oleObject", "connections", "queryTable", "aFChunk", "externalLink", "control"),
    *("xlMacrosheet", "ui/extensibility", "webextensiontaskpanes"),
)
ACTING_TYPES = (
    *("application/vnd.ms-office.vbaProject", "application/vnd.ms-office.activeX+xml"),
    *("application/vnd.openxmlformats-officedocument.oleObject", "application/vnd.ms-excel.macrosheet+xml"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml",
)
LINKS_THAT_START = (
    "file:///c:/x",
    "\\\\x.example\\share",
    "//x.example/share",
    " c:\\x",
    "search-ms:x",
    "&#106;avascript:x",
)
HIDDEN = (b"MZ\x90\0", b"\x7fELF", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf1", b"#!/bin/sh")
ACTING_ODF = (
    '<t:named-expression t:name="E" t:expression="WEBSERVICE(&quot;http://x&quot;)"/>',
    "<t:named-range t:cell-range-address=\"'file:///c:/x.ods'#$S.$A$1\"/>",
    '<c:condition c:value="formula-is(WEBSERVICE(&quot;http://x&quot;))"/>',
    '<s:map s:condition="is-true-formula(WEBSERVICE(&quot;http://x&quot;))"/>',
    '<m:template x:href="http://x.example/t.ott"/>',
    '<m:template x:href="//x.example/share/t.ott"/>',
    '<m:template x:href="file://x.example/share/t.ott"/>',
    '<t:a x:href="../other.ods"/>',
    "<t:dde-link/>",
    "<x:event-listener/>",
    '<t:c t:formula="of:=DDE(&quot;a&quot;;&quot;b&quot;)"/>',
    '<t:c t:formula="of:=WEBSERVICE([.A1])"/>',
    "<t:c t:formula=\"of:='file:///c:/x.ods'#$Sheet1.A1\"/>",
    '<d:image x:href="https://x.example/i"/>',
    '<d:image x:href="../i.png"/>',
    '<d:object x:href="&#102;ile:///x"/>',
    '<t:a x:href="file:///c:/x"/>',
    '<t:a x:href="javascript:x"/>',
    "<t:cell-range-source/>",
    "<d:plugin/>",
    "<d:object-ole/>",
    "<office:script/>",
)
LATIN = '<?xml version="1.0" encoding="iso-8859-1"?><a/>'
