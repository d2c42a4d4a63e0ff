"""File -> searchable document. `worker` is what the rest of Folio uses; it leads to everything else.

admission, kinds, archives    what comes in at the door, told from its content (packages: ZIP-based files)
processes, sandbox            parser processes with limits; a document through them, part by part
parsers                       media type -> reader: pdf (with pdf_calls, pdf_structure, pdf_hidden, render), docx
                              (docx_styles, docx_hidden), pptx, xlsx (xlsx_cells, xlsx_formats), odf, rtf, epub,
                              html (html_hidden), delimited, subtitles, text
opc, annotations, charts, omml   what Office formats share: parts and references, comments, charts, equations
tables, bands                 pure: rows of cells -> lines that carry their headers
invisible                     pure: characters that nobody sees leave the text
parts, flow, sections         what readers give back; pages for formats that have none
headings, splitting           pure: which lines are headings; pages -> passages (table_heads: what a cut table is told)
intake, pipeline, dense       an upload becomes a task; a task goes through its stages; dense vectors come last
"""
