"""Runs under Debian's own Python, which has LibreOffice's bridge: opens documents and says what it saw.

Reads a list of jobs as JSON: ``path``, ``password``, ``pdf`` (where to print it, or null), ``save`` (where to save it
again, with the filter, or null). Writes a list of what it found: ``error``, or ``properties`` and ``pages``.
"""

from __future__ import annotations

import json
import os
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.uno import Exception as UnoException

PRINTERS = (
    ("com.sun.star.sheet.SpreadsheetDocument", "calc_pdf_Export"),
    ("com.sun.star.presentation.PresentationDocument", "impress_pdf_Export"),
    ("com.sun.star.text.TextDocument", "writer_pdf_Export"),
)
TRIES = 300


def said(**values):
    made = []
    for name, value in values.items():
        prop = PropertyValue()
        prop.Name, prop.Value = name, value
        made.append(prop)
    return tuple(made)


def connected(pipe):
    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
    for left in reversed(range(TRIES)):
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if not left:
                raise
            time.sleep(0.1)
        else:
            return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
    return None


def done(desktop, job):
    asked = said(Hidden=True, **({"Password": job["password"]} if job["password"] else {}))
    try:
        document = desktop.loadComponentFromURL("file://" + job["path"], "_blank", 0, asked)
    except UnoException as error:
        return {"error": str(error)}
    if document is None:
        return {"error": "nothing was opened"}
    try:
        own = document.DocumentProperties.UserDefinedProperties
        found = {prop.Name: str(prop.Value) for prop in own.PropertyValues}
        if job["pdf"]:
            name = next(printer for kind, printer in PRINTERS if document.supportsService(kind))
            document.storeToURL("file://" + job["pdf"], said(FilterName=name))
        if job["save"]:
            path, wanted = job["save"]
            document.storeToURL("file://" + path, said(FilterName=wanted))
    finally:
        document.close(True)
    return {"error": None, "properties": found}


def main():
    desktop = connected(sys.argv[1])
    if sys.argv[2:] == ["end"]:
        desktop.terminate()
        return
    json.dump([done(desktop, job) for job in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # The bridge's own threads still run, and taking the interpreter down under them can end in a segmentation fault.
    os._exit(0)
