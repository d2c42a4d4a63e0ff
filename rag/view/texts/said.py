"""What the other rooms say in passing: codes of errors, details of steps, what is degraded, words within sentences.

English -> the interface's German, as in the other tables of what is said. CODES: error code -> (what is wrong, the way
on); what is wrong stands in for a sentence that no table has.
"""

from __future__ import annotations

from collections.abc import Mapping

CODES_DE: Mapping[str, tuple[str, str]] = {
    "unsupported_type": (
        "Diese Art von Datei kann Folio nicht lesen.",
        "Wandle die Datei in PDF, ein Office-Format, CSV, Markdown, HTML oder Text um und lade das hoch.",
    ),
    "empty_document": ("Die Datei ist leer.", "Prüfe die Datei: Sie enthält keine Bytes oder keine Seiten."),
    "no_text": (
        "In der Datei ist kein Text zu finden.",
        "Auf ihren Seiten lässt sich nichts lesen. Lade einen schärferen Scan hoch oder eine Datei mit Text.",
    ),
    "encrypted_document": (
        "Die Datei ist mit einem Passwort geschützt.",
        "Speichere eine Kopie ohne Passwort und lade diese hoch.",
    ),
    "damaged_document": (
        "Die Datei ist beschädigt.",
        "Öffne sie in ihrem Programm, speichere sie noch einmal und lade die neue Datei hoch.",
    ),
    "too_large": (
        "Das ist zu groß.",
        "Teile die Datei oder verkleinere sie, oder erhöhe die genannte Grenze.",
    ),
    "too_many_pages": ("Die Datei hat zu viele Seiten.", "Teile die Datei, oder erhöhe FOLIO_MAX_PAGES."),
    "parser_limit": (
        "Die Datei ist zu aufwendig.",
        "Das Lesen brauchte zu viel Zeit oder Speicher. Teile die Datei, oder erhöhe die Grenzen des Lesers.",
    ),
    "ocr_unavailable": (
        "Bilder von Text können hier nicht gelesen werden.",
        "Installiere tesseract-ocr oder das Extra ocr auf dem Server und versuche es noch einmal.",
    ),
    "transcription_unavailable": (
        "Aufnahmen können hier nicht aufgeschrieben werden.",
        "Richte einen Transkriptionsserver ein und versuche es noch einmal.",
    ),
    "index_unavailable": (
        "Der Suchindex ist nicht verfügbar.",
        "Der Suchindex antwortete nicht. Prüfe FOLIO_QDRANT_URL und versuche es noch einmal.",
    ),
    "index_in_use": (
        "Der Datenordner ist in Benutzung.",
        "Ein anderer Folio-Prozess hält den Datenordner. Beende ihn, oder wähle ein anderes FOLIO_DATA.",
    ),
    "model_unavailable": (
        "Das Modell ist nicht verfügbar.",
        "Der Modellserver antwortete nicht oder ist nicht eingerichtet. Wähle ein anderes Modell, oder versuche es "
        "noch einmal.",
    ),
    "model_timeout": (
        "Das Modell antwortete nicht rechtzeitig.",
        "Das Modell war zu langsam. Versuche es noch einmal, oder wähle ein anderes Modell.",
    ),
    "model_error": (
        "Das Modell ist gescheitert.",
        "Der Modellserver lehnte ab oder brach ab. Versuche es noch einmal, oder wähle ein anderes Modell.",
    ),
    "queue_timeout": (
        "Es wurde kein Platz frei.",
        "Es werden zu viele Antworten geschrieben. Versuche es gleich noch einmal.",
    ),
    "rate_limited": ("Das war zu oft.", "Zu viele Anfragen. Warte einen Moment."),
    "not_found": ("Das gibt es nicht.", "Es existiert nicht, oder es gehört dir nicht."),
    "not_authenticated": ("Du bist nicht angemeldet.", "Melde dich zuerst an."),
    "model_not_in_plan": (
        "Dieses Modell gehört nicht zu deinem Tarif.",
        "Wähle ein Modell aus deinem Tarif, oder bitte einen Admin um einen anderen.",
    ),
    "invalid_request": ("Das passt so nicht.", "Berichtige, was die Meldung nennt, und sende es noch einmal."),
    "conflict": ("Das geht gerade nicht.", "Warte, bis die laufende Antwort zu Ende ist, oder halte sie an."),
    "storage_full": (
        "Der Speicher ist voll.",
        "Lösche Dokumente, die du nicht mehr brauchst, oder schaffe Platz auf der Platte des Servers.",
    ),
    "internal_error": (
        "Bei uns ist etwas schiefgegangen.",
        "Das ist unser Fehler. Im Protokoll des Servers steht mehr.",
    ),
}

# What a step adds to its label. Its clauses are joined by "; ", sentences follow.
DETAILS_DE: Mapping[str, str] = {
    "{n} passage from {m} document": "{n} Passage aus {m} Dokument",
    "{n} passages from {m} document": "{n} Passagen aus {m} Dokument",
    "{n} passages from {m} documents": "{n} Passagen aus {m} Dokumenten",
    "nothing found": "nichts gefunden",
    "{n} document": "{n} Dokument",
    "{n} documents": "{n} Dokumente",
    "{n} chosen document": "{n} gewähltes Dokument",
    "{n} chosen documents": "{n} gewählte Dokumente",
    "nothing to search yet": "noch nichts zu durchsuchen",
    "first in {names}, which the question names": "zuerst in {names}, weil die Frage es nennt",
    "first in {names} and {n} more, which the question names": (
        "zuerst in {names} und {n} weiteren, weil die Frage sie nennt"
    ),
    "not reranked: {model} was not trained on the question's language": (
        "nicht neu geordnet: {model} wurde nicht auf die Sprache der Frage trainiert"
    ),
    "not reranked: {model} failed, the log says why": (
        "nicht neu geordnet: {model} ist gescheitert, das Protokoll sagt warum"
    ),
    "the first {n} reranked by {model} in {ms} ms": "die ersten {n} von {model} in {ms} ms neu geordnet",
    "{n} page of {m} document": "{n} Seite aus {m} Dokument",
    "{n} pages of {m} document": "{n} Seiten aus {m} Dokument",
    "{n} pages of {m} documents": "{n} Seiten aus {m} Dokumenten",
    "too long to be read whole: {which}": "zu lang, um ganz gelesen zu werden: {which}",
    "part {n} of {m}": "Teil {n} von {m}",
    "read in {n} part, {m} pages kept": "in {n} Teil gelesen, {m} Seiten behalten",
    "read in {n} parts, {m} pages kept": "in {n} Teilen gelesen, {m} Seiten behalten",
    "read in {n} parts ({k} of them by the model), {m} pages kept": (
        "in {n} Teilen gelesen ({k} davon vom Modell), {m} Seiten behalten"
    ),
    "{n} of {m} passages fit its prompt": "{n} von {m} Passagen passen in seinen Prompt",
    "extractive": "nur Zitate",
    "stopped": "angehalten",
    "made {when}": "geschrieben {when}",
    "no search": "ohne Suche",
    "more than {n} questions; this one and what follows is left out": (
        "mehr als {n} Fragen; diese und was folgt, bleibt weg"
    ),
    "it has no question": "ohne Frage",
    "its question has {n} characters; {max} are the most": "ihre Frage hat {n} Zeichen; höchstens {max} sind erlaubt",
    "its expected answer has more than {n} characters": "ihre erwartete Antwort hat mehr als {n} Zeichen",
    "its page {page} is no page number; it is asked without": (
        "ihre Seite {page} ist keine Seitenzahl; gefragt wird ohne sie"
    ),
    "none: {why}": "ohne Suche: {why}",
    "wide: {why}": "breit: {why}",
    "narrow: {why}": "eng: {why}",
    "overview: {why}": "Überblick: {why}",
    "wide: {n} passages": "breit: {n} Passagen",
    "narrow: {n} passages": "eng: {n} Passagen",
    "overview: {n} passages": "Überblick: {n} Passagen",
    "{why} (by the rule)": "{why} (nach der Regel)",
    "{why} (by the rule, probability {p})": "{why} (nach der Regel, Wahrscheinlichkeit {p})",
    "{why} (by the model)": "{why} (nach dem Modell)",
    "{why} (by the model, probability {p})": "{why} (nach dem Modell, Wahrscheinlichkeit {p})",
}

# Why something is not at its best.
STATE_DE: Mapping[str, str] = {
    "Meaning-based search is not ready yet: this document is found by its words now, and by meaning as soon as the "
    "embedding model is there.": (
        "Die Suche nach Bedeutung ist noch nicht bereit: Dieses Dokument wird jetzt an seinen Wörtern gefunden, und an "
        "der Bedeutung, sobald das Einbettungsmodell da ist."
    ),
    "This document is found by its words; searching it by meaning will follow later.": (
        "Dieses Dokument wird an seinen Wörtern gefunden; die Suche nach Bedeutung folgt später."
    ),
    "Search goes by keywords until then.": "Bis dahin geht die Suche nach Wörtern.",
    "The {kind} model {name} is not loaded yet.": "Das {kind} {name} ist noch nicht geladen.",
    "The {kind} model {name} is being loaded.": "Das {kind} {name} wird geladen.",
    "The {kind} model {name} cannot be used; the log says why.": (
        "Das {kind} {name} ist nicht brauchbar; das Protokoll sagt warum."
    ),
    "The {kind} model {name} has not been downloaded, and downloads are off.": (
        "Das {kind} {name} fehlt, und Herunterladen ist ausgeschaltet."
    ),
    "The {kind} model {name} cannot be downloaded: the hub does not answer.": (
        "Das {kind} {name} lässt sich nicht herunterladen: Der Hub antwortet nicht."
    ),
    "The {kind} model {name} could not be downloaded.": "Das {kind} {name} ließ sich nicht herunterladen.",
    "fastembed has no {kind} model {name}. Check {setting}.": "fastembed hat kein {kind} {name}. Prüfe {setting}.",
    "{setting}: there is no .onnx file in {folder}.": "{setting}: In {folder} ist keine .onnx-Datei.",
    "{setting}: the model in {folder} cannot be loaded ({why}).": (
        "{setting}: Das Modell in {folder} lässt sich nicht laden ({why})."
    ),
    "The index is being made again for another embedding model or place.": (
        "Der Index wird für ein anderes Einbettungsmodell oder einen anderen Ort neu gebaut."
    ),
    "No reranking model is set (FOLIO_RERANKER).": "Es ist kein Modell zum Neuordnen gesetzt (FOLIO_RERANKER).",
    "Scanned pages and images are not read.": "Gescannte Seiten und Bilder werden nicht gelesen.",
    "Text recognition is switched off (FOLIO_OCR=off).": "Die Texterkennung ist ausgeschaltet (FOLIO_OCR=off).",
    "RapidOCR is not installed. Run 'pip install folio[ocr]', then retry.": (
        "RapidOCR ist nicht installiert. Führe „pip install folio[ocr]“ aus und versuche es noch einmal."
    ),
    "tesseract is not installed. Install tesseract-ocr on the server, then retry.": (
        "tesseract ist nicht installiert. Installiere tesseract-ocr auf dem Server und versuche es noch einmal."
    ),
    "No text recognition (OCR) is installed.": "Es ist keine Texterkennung (OCR) installiert.",
    "Install tesseract-ocr on the server, or 'pip install folio[ocr]', then retry.": (
        "Installiere tesseract-ocr auf dem Server, oder „pip install folio[ocr]“, und versuche es noch einmal."
    ),
    "The disk of this Space is lost when it restarts. Export what you want to keep.": (
        "Die Platte dieses Space geht bei einem Neustart verloren. Exportiere, was du behalten willst."
    ),
}

# What a sentence or a clause may name, and is no name of its own.
WORDS_DE: Mapping[str, str] = {
    "embedding": "Einbettungsmodell",
    "reranking": "Modell zum Neuordnen",
    "small talk": "Plauderei",
    "about the last answer": "zur letzten Antwort",
    "about the documents as a whole": "zu den Dokumenten im Ganzen",
    "asks for a list or a comparison": "fragt nach einer Liste oder einem Vergleich",
    "asks for something particular": "fragt nach etwas Bestimmtem",
    "a search would not help": "eine Suche hülfe nicht",
    "a search may help": "eine Suche kann helfen",
    "learned from feedback": "aus Rückmeldungen gelernt",
    "its API key": "dessen API-Schlüssel",
    "too many pixels": "zu viele Bildpunkte",
    "sign-ins": "Anmeldungen",
    "questions": "Fragen",
    "uploads": "Dateien",
    "process {n} ({what})": "Prozess {n} ({what})",
    "process {n}": "Prozess {n}",
    "{name}: the first {n} of {m} pages": "{name}: die ersten {n} von {m} Seiten",
    "{name}: the first {n} of {m} pages, {more}": "{name}: die ersten {n} von {m} Seiten, {more}",
    "page {n}": "Seite {n}",
    "pages {n}": "Seiten {n}",
    "Page {n}": "Seite {n}",
    "Pages {n}": "Seiten {n}",
    "{w} x {h} pixels": "{w} x {h} Bildpunkte",
    "a program": "ein Programm",
    "an icon": "ein Symbol",
    "an XPS document": "ein XPS-Dokument",
    "a binary Excel workbook (.xlsb)": "eine binäre Excel-Mappe (.xlsb)",
    "a file of an old Office version (.doc, .xls, .ppt)": "eine Datei einer alten Office-Version (.doc, .xls, .ppt)",
    "an {kind} image": "ein {kind}-Bild",
    "a {kind} image": "ein {kind}-Bild",
    "an {kind} video": "ein {kind}-Video",
    "a {kind} video": "ein {kind}-Video",
    "an {kind} recording": "eine {kind}-Aufnahme",
    "a {kind} recording": "eine {kind}-Aufnahme",
    "an {kind} archive": "ein {kind}-Archiv",
    "a {kind} archive": "ein {kind}-Archiv",
    "a {kind} document": "ein {kind}-Dokument",
    "a {kind} database": "eine {kind}-Datenbank",
    "a {kind} table": "eine {kind}-Tabelle",
    "at {host}": "auf {host}",
    "PDF, Word, PowerPoint, Excel, OpenDocument, EPUB, RTF, CSV, HTML, Markdown, plain text, images (PNG, JPEG, TIFF, "
    "WEBP, BMP, GIF) and recordings (WAV, MP3, M4A, FLAC, OGG, WEBM)": (
        "PDF, Word, PowerPoint, Excel, OpenDocument, EPUB, RTF, CSV, HTML, Markdown, einfachen Text, Bilder (PNG, "
        "JPEG, TIFF, WEBP, BMP, GIF) und Aufnahmen (WAV, MP3, M4A, FLAC, OGG, WEBM)"
    ),
}
