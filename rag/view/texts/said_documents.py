"""What the reading of documents says, sentence by sentence: its English -> the interface's German.

What stands in braces is whatever the sentence names; it keeps its place. English needs no table: it is what is said.
"""

from __future__ import annotations

from collections.abc import Mapping

DE: Mapping[str, str] = {
    # A file that is refused, or cannot be read
    "'{name}' is empty.": "„{name}“ ist leer.",
    "'{name}' is {what}, which Folio cannot read. It reads {kinds}.": (
        "„{name}“ ist {what}; das kann Folio nicht lesen. Es liest {kinds}."
    ),
    "'{name}' can only be opened with its password.": "„{name}“ lässt sich nur mit dem Passwort öffnen.",
    "This PDF can only be opened with its password.": "Dieses PDF lässt sich nur mit dem Passwort öffnen.",
    "This document can only be opened with its password.": "Dieses Dokument lässt sich nur mit dem Passwort öffnen.",
    "This book is protected by its seller; it cannot be read.": (
        "Dieses Buch ist vom Verkäufer geschützt; es lässt sich nicht lesen."
    ),
    "'{name}' is larger than {n} MB, the limit.": "„{name}“ ist größer als {n} MB, die Grenze.",
    "'{name}' is larger than {n} MB, the limit for recordings.": (
        "„{name}“ ist größer als {n} MB, die Grenze für Aufnahmen."
    ),
    "{name} lasts {n} minutes; at most {max} are written down.": (
        "{name} dauert {n} Minuten; höchstens {max} werden aufgeschrieben."
    ),
    "'{name}' does not fit: your files may take {size} in all.": (
        "„{name}“ passt nicht: Deine Dateien dürfen zusammen {size} einnehmen."
    ),
    "You have {n} files, as many as you may. Delete some first.": (
        "Du hast {n} Dateien, so viele wie erlaubt. Lösche zuerst einige."
    ),
    "A batch holds 1 to {max} files; this one has {n}.": "Auf einmal gehen 1 bis {max} Dateien; dies sind {n}.",
    "The server's disk is full. The file was not kept.": (
        "Die Platte des Servers ist voll. Die Datei wurde nicht behalten."
    ),
    "The server's disk is full. Free some space, then retry.": (
        "Die Platte des Servers ist voll. Schaffe Platz und versuche es noch einmal."
    ),
    "The server's disk is full; the upload was not kept.": (
        "Die Platte des Servers ist voll; die Datei wurde nicht behalten."
    ),
    "This document has {n} pages; at most {max} are read.": (
        "Dieses Dokument hat {n} Seiten; höchstens {max} werden gelesen."
    ),
    "This document has {n} pages; there is no page {number}.": (
        "Dieses Dokument hat {n} Seiten; eine Seite {number} gibt es nicht."
    ),
    "This document does not have so many pages; there is no page {number}.": (
        "So viele Seiten hat dieses Dokument nicht; eine Seite {number} gibt es nicht."
    ),
    "'{name}' has no page images; only PDF files and images have.": (
        "„{name}“ hat keine Seitenbilder; nur PDF-Dateien und Bilder haben welche."
    ),
    "This image has {what}; at most {n} megapixels are read (FOLIO_MAX_IMAGE_MEGAPIXELS).": (
        "Dieses Bild hat {what}; höchstens {n} Megapixel werden gelesen (FOLIO_MAX_IMAGE_MEGAPIXELS)."
    ),
    "This PDF has no pages.": "Dieses PDF hat keine Seiten.",
    "This file holds no text.": "Diese Datei enthält keinen Text.",
    "No page of this file holds text, and text recognition (OCR) found none in its pictures.": (
        "Keine Seite dieser Datei enthält Text, und die Texterkennung (OCR) fand keinen in ihren Bildern."
    ),
    "This file's only page is a picture.": "Die einzige Seite dieser Datei ist ein Bild.",
    "The pages of this file are pictures.": "Die Seiten dieser Datei sind Bilder.",
    "This file is damaged: none of its pages can be read.": (
        "Diese Datei ist beschädigt: Keine ihrer Seiten ist lesbar."
    ),
    "This file is damaged: its contents cannot be read.": "Diese Datei ist beschädigt: Ihr Inhalt ist nicht lesbar.",
    "This file is damaged: reading it crashed the parser.": (
        "Diese Datei ist beschädigt: Beim Lesen stürzte der Leser ab."
    ),
    "This file starts like a PDF, but it cannot be opened.": (
        "Diese Datei beginnt wie ein PDF, lässt sich aber nicht öffnen."
    ),
    "This file starts like an Office document or e-book, but it cannot be unpacked.": (
        "Diese Datei beginnt wie ein Office-Dokument oder E-Book, lässt sich aber nicht entpacken."
    ),
    "This file declares XML entities, which a real document never does.": (
        "Diese Datei erklärt XML-Entitäten; das tut kein echtes Dokument."
    ),
    "This file is an archive of {n} entries, more than it may have.": (
        "Diese Datei ist ein Archiv aus {n} Einträgen, mehr als erlaubt."
    ),
    "This file would unpack to {n} MB, more than it may.": "Diese Datei würde zu {n} MB entpackt, mehr als erlaubt.",
    "This file nests its parts deeper than any real document.": (
        "Diese Datei verschachtelt ihre Teile tiefer als jedes echte Dokument."
    ),
    "This file nests its groups deeper than any real document.": (
        "Diese Datei verschachtelt ihre Gruppen tiefer als jedes echte Dokument."
    ),
    "This file holds more than {n} million characters of text.": (
        "Diese Datei enthält mehr als {n} Millionen Zeichen Text."
    ),
    "Reading this file took more memory than it may.": "Das Lesen dieser Datei brauchte mehr Speicher als erlaubt.",
    "Reading this file took longer than it may.": "Das Lesen dieser Datei dauerte länger als erlaubt.",
    "Reading this file took more time or memory than it may.": (
        "Das Lesen dieser Datei brauchte mehr Zeit oder Speicher als erlaubt."
    ),
    "Text recognition took longer than it may.": "Die Texterkennung dauerte länger als erlaubt.",
    "Text recognition took more time or memory than it may.": (
        "Die Texterkennung brauchte mehr Zeit oder Speicher als erlaubt."
    ),
    "Text recognition could not read this page.": "Die Texterkennung konnte diese Seite nicht lesen.",
    "Only a task that failed can be tried again. Nothing is left of a cancelled one: upload it again.": (
        "Nur Gescheitertes lässt sich noch einmal versuchen. Von Abgebrochenem ist nichts da: Lade es neu hoch."
    ),
    # Recordings
    "'{name}' is a recording.": "„{name}“ ist eine Aufnahme.",
    "'{name}' is not a recording.": "„{name}“ ist keine Aufnahme.",
    "'{name}' is damaged: it begins like a recording, but no sound can be found in it.": (
        "„{name}“ ist beschädigt: Es beginnt wie eine Aufnahme, aber darin ist kein Ton."
    ),
    "Recordings need a transcription server: set FOLIO_TRANSCRIPTION_URL (any OpenAI-compatible one) or "
    "OPENAI_API_KEY, or install the extra 'whisper'.": (
        "Aufnahmen brauchen einen Transkriptionsserver: Setze FOLIO_TRANSCRIPTION_URL (irgendeinen OpenAI-kompatiblen) "
        "oder OPENAI_API_KEY, oder installiere das Extra „whisper“."
    ),
    "Nobody says anything in this recording that could be understood.": (
        "In dieser Aufnahme sagt niemand etwas Verständliches."
    ),
    "No sound can be made out in this recording.": "In dieser Aufnahme ist kein Ton auszumachen.",
    "The transcription server cannot make out any sound in this recording.": (
        "Der Transkriptionsserver kann in dieser Aufnahme keinen Ton ausmachen."
    ),
    "The transcription server takes no recording as large as this one.": (
        "Der Transkriptionsserver nimmt keine so große Aufnahme."
    ),
    "The transcription server refused the key. Check FOLIO_TRANSCRIPTION_API_KEY.": (
        "Der Transkriptionsserver lehnte den Schlüssel ab. Prüfe FOLIO_TRANSCRIPTION_API_KEY."
    ),
    "The transcription server has no such model, or is none. Check FOLIO_TRANSCRIPTION_URL.": (
        "Der Transkriptionsserver hat kein solches Modell, oder er ist keiner. Prüfe FOLIO_TRANSCRIPTION_URL."
    ),
    "The transcription server failed (HTTP {status}).": "Der Transkriptionsserver ist gescheitert (HTTP {status}).",
    "The transcription server was too slow.": "Der Transkriptionsserver war zu langsam.",
    "The transcription server did not answer.": "Der Transkriptionsserver antwortete nicht.",
    "The transcription server's answer is too long.": "Die Antwort des Transkriptionsservers ist zu lang.",
    "The transcription server's answer cannot be read.": "Die Antwort des Transkriptionsservers ist nicht lesbar.",
    "The whisper model {name} could not be loaded. Check FOLIO_WHISPER_MODEL.": (
        "Das Whisper-Modell {name} ließ sich nicht laden. Prüfe FOLIO_WHISPER_MODEL."
    ),
    "The server is shutting down. Try again.": "Der Server wird gerade beendet. Versuche es noch einmal.",
    # What is to be known of a file that was read
    "{n} of {total} pages has no text ({where}).": "{n} von {total} Seiten hat keinen Text ({where}).",
    "{n} of {total} pages have no text ({where}).": "{n} von {total} Seiten haben keinen Text ({where}).",
    "Pictures of text were not read:": "Bilder von Text wurden nicht gelesen:",
    "{n} invisible character was left out.": "{n} unsichtbares Zeichen wurde ausgelassen.",
    "{n} invisible characters were left out.": "{n} unsichtbare Zeichen wurden ausgelassen.",
    "Page {n} is damaged and could not be read.": "Seite {n} ist beschädigt und war nicht lesbar.",
    "Page {n} was left out.": "Seite {n} wurde ausgelassen.",
    "The chapter {name} is encrypted and was left out.": "Das Kapitel {name} ist verschlüsselt und wurde ausgelassen.",
    "Only the first {n} rows were read; the file has more.": (
        "Nur die ersten {n} Zeilen wurden gelesen; die Datei hat mehr."
    ),
    "The hidden sheet '{name}' was left out.": "Das verborgene Blatt „{name}“ wurde ausgelassen.",
    "The sheet '{name}' was left out: the sheets before it fill what is read of a file.": (
        "Das Blatt „{name}“ wurde ausgelassen: Die Blätter davor füllen, was von einer Datei gelesen wird."
    ),
    "Of the sheet '{name}' only the first {n} rows were read.": (
        "Vom Blatt „{name}“ wurden nur die ersten {n} Zeilen gelesen."
    ),
    "Of the sheet '{name}' only the first {n} columns were read.": (
        "Vom Blatt „{name}“ wurden nur die ersten {n} Spalten gelesen."
    ),
    "Hidden rows or columns of the sheet '{name}' were left out.": (
        "Verborgene Zeilen oder Spalten des Blattes „{name}“ wurden ausgelassen."
    ),
    "{n} formulas have no stored result; open the file in its own program and save it once.": (
        "{n} Formeln haben kein gespeichertes Ergebnis; öffne die Datei in ihrem Programm und speichere sie einmal."
    ),
    "This animation has {n} pictures; the first {max} are read.": (
        "Diese Animation hat {n} Bilder; die ersten {max} werden gelesen."
    ),
    "FOLIO_OCR_LANGUAGES names {names}, not installed on the server; the pictures were read as {others}.": (
        "FOLIO_OCR_LANGUAGES nennt {names}, auf dem Server nicht installiert; die Bilder wurden als {others} gelesen."
    ),
    "Text recognition was unsure on {where}; check quotes from there against the page's picture.": (
        "Die Texterkennung war unsicher: {where}; prüfe Zitate von dort am Bild der Seite."
    ),
    "{where} seems to be in {script} script, for which no model of text recognition is installed.": (
        "{where} scheint in der Schrift {script} zu sein, für die kein Modell der Texterkennung installiert ist."
    ),
    "{where} seem to be in {script} script, for which no model of text recognition is installed.": (
        "{where} scheinen in der Schrift {script} zu sein, für die kein Modell der Texterkennung installiert ist."
    ),
    "{where} seems to be in {script} script, for which no model of text recognition is installed: install {package} "
    "on the server and upload the file again.": (
        "{where} scheint in der Schrift {script} zu sein, für die kein Modell der Texterkennung installiert ist: "
        "Installiere {package} auf dem Server und lade die Datei neu hoch."
    ),
    "{where} seem to be in {script} script, for which no model of text recognition is installed: install {package} "
    "on the server and upload the file again.": (
        "{where} scheinen in der Schrift {script} zu sein, für die kein Modell der Texterkennung installiert ist: "
        "Installiere {package} auf dem Server und lade die Datei neu hoch."
    ),
    "{where} seems to be in {script} script, which FOLIO_OCR_LANGUAGES={languages} does not read: leave it unset, or "
    "add to it.": (
        "{where} scheint in der Schrift {script} zu sein, die FOLIO_OCR_LANGUAGES={languages} nicht liest: Lass es "
        "leer, oder ergänze es."
    ),
    "{where} seem to be in {script} script, which FOLIO_OCR_LANGUAGES={languages} does not read: leave it unset, or "
    "add to it.": (
        "{where} scheinen in der Schrift {script} zu sein, die FOLIO_OCR_LANGUAGES={languages} nicht liest: Lass es "
        "leer, oder ergänze es."
    ),
}
