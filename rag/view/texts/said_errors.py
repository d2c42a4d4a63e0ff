"""What the other rooms say when something fails, sentence by sentence: theirs in English -> the interface's German.

What stands in braces is whatever the sentence names; it keeps its place. English needs no table: it is what is said.
"""

from __future__ import annotations

from collections.abc import Mapping

DE: Mapping[str, str] = {
    # Asking, conversations, answers
    "The question is empty.": "Die Frage ist leer.",
    "The question has {n} characters; {max} are the most.": "Die Frage hat {n} Zeichen; höchstens {max} sind erlaubt.",
    "A chosen document is not there (any more). Choose again.": (
        "Ein gewähltes Dokument ist nicht (mehr) da. Wähle noch einmal."
    ),
    "A title has 1 to {n} characters.": "Ein Titel hat 1 bis {n} Zeichen.",
    "A draft has at most {n} characters.": "Ein Entwurf hat höchstens {n} Zeichen.",
    "Only an answer can be made again.": "Nur eine Antwort lässt sich neu schreiben.",
    "Only a question can be edited.": "Nur eine Frage lässt sich bearbeiten.",
    "A thumb is up or down; a reason has {n} characters.": (
        "Ein Daumen zeigt nach oben oder unten; ein Grund hat höchstens {n} Zeichen."
    ),
    "Only answers can be judged.": "Nur Antworten lassen sich bewerten.",
    "Only an answer has a trace.": "Nur eine Antwort hat einen Ablauf.",
    "Only what is in the trash can be deleted for good.": (
        "Nur was im Papierkorb liegt, lässt sich endgültig löschen."
    ),
    "This conversation is in the trash. Restore it first.": (
        "Diese Unterhaltung liegt im Papierkorb. Stelle sie zuerst wieder her."
    ),
    "An answer is still being written in this conversation.": "In dieser Unterhaltung wird noch geantwortet.",
    "This client_key has asked another question already. Use a new key.": (
        "Mit diesem client_key wurde schon eine andere Frage gestellt. Nimm einen neuen."
    ),
    "An answer is already being written in this conversation.": "In dieser Unterhaltung wird schon geantwortet.",
    "You have no such conversation, or it is in the trash.": (
        "Du hast keine solche Unterhaltung, oder sie liegt im Papierkorb."
    ),
    "This answer does not exist, or it is not yours.": "Diese Antwort gibt es nicht, oder sie gehört dir nicht.",
    "It does not exist, or it is not yours.": "Das gibt es nicht, oder es gehört dir nicht.",
    "There is no such thing to do with a conversation.": "Das lässt sich mit einer Unterhaltung nicht machen.",
    "This citation is not there any more.": "Dieses Zitat ist nicht mehr da.",
    "Too many questions are waiting. Try again in a moment.": "Zu viele Fragen warten. Versuche es gleich noch einmal.",
    "Too many streams are open. Try again in a moment.": "Zu viele Fenster sind offen. Versuche es gleich noch einmal.",
    "Too many answers are being written.": "Es werden zu viele Antworten geschrieben.",
    "Something went wrong while answering. It was logged.": (
        "Beim Antworten ist etwas schiefgegangen. Es steht im Protokoll."
    ),
    "The server's disk is full; the answer ends here.": "Die Platte des Servers ist voll; die Antwort endet hier.",
    "The conversation of this answer was deleted.": "Die Unterhaltung zu dieser Antwort wurde gelöscht.",
    "The answer could not be stored.": "Die Antwort ließ sich nicht speichern.",
    "Folio is shutting down.": "Folio wird gerade beendet.",
    "The server's disk is full; nothing was recorded.": "Die Platte des Servers ist voll; nichts wurde gespeichert.",
    "The server's disk is full. Nothing was recorded.": "Die Platte des Servers ist voll. Nichts wurde gespeichert.",
    "The request holds characters that are no text.": "Die Anfrage enthält Zeichen, die kein Text sind.",
    "The request has no sender.": "Die Anfrage hat keinen Absender.",
    "Something went wrong on our side.": "Bei uns ist etwas schiefgegangen.",
    "Something went wrong on our side. It was logged.": "Bei uns ist etwas schiefgegangen. Es steht im Protokoll.",
    "Something went wrong on our side; the log has the details.": (
        "Bei uns ist etwas schiefgegangen; das Protokoll sagt mehr."
    ),
    "Something went wrong on our side. The server's log has the details.": (
        "Bei uns ist etwas schiefgegangen. Das Protokoll des Servers sagt mehr."
    ),
    "Something went wrong on our side while reading the file. It was logged.": (
        "Beim Lesen der Datei ist bei uns etwas schiefgegangen. Es steht im Protokoll."
    ),
    # Models
    "There is no model named {name}. There is: {known}.": "Es gibt kein Modell namens {name}. Es gibt: {known}.",
    "Your plan ({plan}) does not include the model {name}.": "Dein Tarif ({plan}) enthält das Modell {name} nicht.",
    "Your plan ({plan}) does not include any model.": "Dein Tarif ({plan}) enthält kein Modell.",
    "The model {name} cannot be set up: check {provider}'s settings and key.": (
        "Das Modell {name} lässt sich nicht einrichten: prüfe Einstellungen und Schlüssel von {provider}."
    ),
    "Models of {provider} need the package {package}, which is not installed.": (
        "Modelle von {provider} brauchen das Paket {package}; es ist nicht installiert."
    ),
    "The model {name} needs an API key: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own.": (
        "Das Modell {name} braucht einen API-Schlüssel: setze OPENAI_API_KEY, oder OPENAI_BASE_URL für einen eigenen "
        "Server."
    ),
    "The model {name} stopped writing: nothing more came for {time}.": (
        "Das Modell {name} hörte auf zu schreiben: {time} lang kam nichts mehr."
    ),
    "The model {name} wrote nothing within {time}.": "Das Modell {name} schrieb binnen {time} nichts.",
    "The model {name} gave an empty answer.": "Das Modell {name} gab eine leere Antwort.",
    "The prompt is longer than this model reads. Lower FOLIO_CONTEXT_TOKENS, or ask for fewer passages.": (
        "Der Prompt ist länger, als dieses Modell liest. Senke FOLIO_CONTEXT_TOKENS, oder frage mit weniger Passagen."
    ),
    "The model server {where} cannot be reached.": "Der Modellserver {where} ist nicht erreichbar.",
    "The model server {where} did not answer in time.": "Der Modellserver {where} antwortete nicht rechtzeitig.",
    "The model server {where} broke off before the answer was complete.": (
        "Der Modellserver {where} brach ab, bevor die Antwort fertig war."
    ),
    "The model server {where} sent something that is not an answer.": (
        "Der Modellserver {where} schickte etwas, das keine Antwort ist."
    ),
    "The model server {where} could not answer.": "Der Modellserver {where} konnte nicht antworten.",
    "The model server {where} refused the API key. Check {key}.": (
        "Der Modellserver {where} lehnte den API-Schlüssel ab. Prüfe {key}."
    ),
    "The model server {where} does not know the model {name}. Check its name, and the server's address.": (
        "Der Modellserver {where} kennt das Modell {name} nicht. Prüfe dessen Namen und die Adresse des Servers."
    ),
    "The model server {where} is busy or its quota is used up (429).": (
        "Der Modellserver {where} ist ausgelastet, oder sein Kontingent ist erschöpft (429)."
    ),
    "The model server {where} failed ({status}).": "Der Modellserver {where} ist gescheitert ({status}).",
    "The model server {where} refused the request ({status}).": (
        "Der Modellserver {where} lehnte die Anfrage ab ({status})."
    ),
    # The search index
    "The vector index failed.": "Der Suchindex ist gescheitert.",
    "The vector index cannot be reached just now.": "Der Suchindex ist gerade nicht erreichbar.",
    "The vector index is not available: {why}": "Der Suchindex ist nicht verfügbar: {why}",
    "The Qdrant server did not do what was asked of it.": "Der Qdrant-Server tat nicht, was verlangt war.",
    "{n} passages of a deleted document are still in the index.": (
        "{n} Passagen eines gelöschten Dokuments stehen noch im Index."
    ),
    "Of {n} passages written, {there} are in the index.": "Von {n} geschriebenen Passagen stehen {there} im Index.",
    "Of {n} dense vectors written, {there} are in the index.": (
        "Von {n} geschriebenen Bedeutungsvektoren stehen {there} im Index."
    ),
    "Another process has the index in {folder} open. Stop it, then retry.": (
        "Ein anderer Prozess hält den Index in {folder} offen. Beende ihn und versuche es noch einmal."
    ),
    "The disk that holds the search index is full. Free some space, then retry.": (
        "Die Platte mit dem Suchindex ist voll. Schaffe Platz und versuche es noch einmal."
    ),
    "The data folder {folder} is in use by {holder}.": "Der Datenordner {folder} wird von {holder} benutzt.",
    "The database in the data folder {folder} cannot be read: {why}. Put back a copy of folio.db, or choose another "
    "FOLIO_DATA.": (
        "Die Datenbank im Datenordner {folder} ist nicht lesbar: {why}. Spiele eine Kopie von folio.db zurück, oder "
        "wähle ein anderes FOLIO_DATA."
    ),
    "The data folder {folder} cannot be used: {why}. Choose another FOLIO_DATA.": (
        "Der Datenordner {folder} lässt sich nicht benutzen: {why}. Wähle ein anderes FOLIO_DATA."
    ),
    # Settings of a question
    'Weights are two numbers above 0, for words and for meaning, such as "1:3".': (
        "Gewichte sind zwei Zahlen über 0, für Wörter und für Bedeutung, etwa „1:3“."
    ),
    '`rerank` is "on", "off" or a number up to {n}.': "`rerank` ist „on“, „off“ oder eine Zahl bis {n}.",
    # Tools for analysts
    "There is no such tool.": "So ein Werkzeug gibt es nicht.",
    "Give the sentence that should have been found, {n} characters at most.": (
        "Nenne den Satz, der hätte gefunden werden sollen, in höchstens {n} Zeichen."
    ),
    "Name an answer, not a question.": "Nenne eine Antwort, keine Frage.",
    "{n} of your runs have not ended. Cancel one, or wait until one ends.": (
        "{n} deiner Läufe sind nicht zu Ende. Brich einen ab, oder warte, bis einer endet."
    ),
    "Only runs that have ended can be compared.": "Nur Läufe, die zu Ende sind, lassen sich vergleichen.",
    "A document of the run's settings does not exist any more.": (
        "Ein Dokument aus den Einstellungen des Laufs gibt es nicht mehr."
    ),
    "This run has not ended.": "Dieser Lauf ist noch nicht zu Ende.",
    "A file of questions has at most {n} MB.": "Eine Datei mit Fragen hat höchstens {n} MB.",
    "There are no questions in it. A column (or a field) named question is needed.{more}": (
        "Darin sind keine Fragen. Es braucht eine Spalte (oder ein Feld) namens question.{more}"
    ),
    "Read are the sheets {names}.": "Gelesen werden die Blätter {names}.",
    "No column is named question. Name the columns in the first row: question, expected answer, file, page.": (
        "Keine Spalte heißt question. Benenne die Spalten in der ersten Zeile: question, expected answer, file, page."
    ),
    "This is an old or an encrypted Excel file. Save it as .xlsx or .csv.": (
        "Dies ist eine alte oder verschlüsselte Excel-Datei. Speichere sie als .xlsx oder .csv."
    ),
    "The file cannot be read as CSV: it is no text.": "Die Datei ist nicht als CSV lesbar: Sie ist kein Text.",
    "The file cannot be read as CSV: {why}.": "Die Datei ist nicht als CSV lesbar: {why}.",
    "The file cannot be read as a spreadsheet (XLSX).": "Die Datei ist nicht als Tabelle (XLSX) lesbar.",
    "The file cannot be read as a spreadsheet (XLSX): it has no sheet.": (
        "Die Datei ist nicht als Tabelle (XLSX) lesbar: Sie hat kein Blatt."
    ),
    "The file is not JSON: {why}.": "Die Datei ist kein JSON: {why}.",
    # Accounts, exports
    "Sign in first.": "Melde dich zuerst an.",
    "You were signed out. Sign in again.": "Du wurdest abgemeldet. Melde dich wieder an.",
    "You were not signed in. Try again.": "Du wurdest nicht angemeldet. Versuche es noch einmal.",
    "Signing in did not work: {why}. Try again.": "Die Anmeldung ist misslungen: {why}. Versuche es noch einmal.",
    "This is not the operator's token (FOLIO_ADMIN_TOKEN).": (
        "Das ist nicht der Token des Betreibers (FOLIO_ADMIN_TOKEN)."
    ),
    "This is the last admin. Make somebody else an admin first.": (
        "Dies ist der letzte Admin. Mache zuerst jemand anderen dazu."
    ),
    "Registration is closed. Ask whoever runs this Folio for an account.": (
        "Die Registrierung ist geschlossen. Bitte den Betreiber dieses Folio um ein Konto."
    ),
    "The name or the password is not right.": "Name oder Passwort stimmt nicht.",
    "The password is not right.": "Das Passwort stimmt nicht.",
    "This account signs in with Hugging Face and has no password here.": (
        "Dieses Konto meldet sich mit Hugging Face an und hat hier kein Passwort."
    ),
    "This name or address has an account already. Sign in with it.": (
        "Dieser Name oder diese Adresse hat schon ein Konto. Melde dich damit an."
    ),
    "A token's name has 1 to {n} characters.": "Der Name eines Tokens hat 1 bis {n} Zeichen.",
    "There are {n} tokens already. Revoke one first.": "Es gibt schon {n} Token. Widerrufe zuerst eines.",
    "A plan's name has 1 to 40 letters, digits, - and _.": (
        "Der Name eines Tarifs hat 1 bis 40 Buchstaben, Ziffern, - und _."
    ),
    "The e-mail address is not one.": "Das ist keine E-Mail-Adresse.",
    "A user name has 2 to {n} letters, digits, spaces and . @ + - _.": (
        "Ein Benutzername hat 2 bis {n} Buchstaben, Ziffern, Leerzeichen und . @ + - _."
    ),
    "A password has {n} to {max} characters.": "Ein Passwort hat {n} bis {max} Zeichen.",
    "Too many {what} in a minute; {n} are the most.": "Zu viele {what} in einer Minute; höchstens {n} sind erlaubt.",
    "This is not an export of Folio, or it was damaged on its way.": (
        "Das ist kein Export von Folio, oder er wurde unterwegs beschädigt."
    ),
    "The archive holds more than a user may keep.": "Das Archiv enthält mehr, als jemand behalten darf.",
    "There is nothing at {path}.": "Unter {path} ist nichts.",
    "The request is too large.": "Die Anfrage ist zu groß.",
    "The request is larger than {size}, the most that fits.": "Die Anfrage ist größer als {size}; mehr passt nicht.",
}
