"""File -> searchable document. `worker` is what the rest of Folio uses; it leads to everything else.

admission, kinds, archives    what comes in at the door, told from its content
processes, sandbox            parser processes with limits; a document through them, part by part
parsers                       media type -> reader: pdf (with pdf_structure, render), docx (docx_styles), html, text
parts, flow, sections         what readers give back; pages for formats that have none
headings, splitting           pure: which lines are headings; pages -> passages
intake, pipeline, dense       an upload becomes a task; a task goes through its stages; dense vectors come last
"""
