"""python -m rag serve | ingest PATH... | ask QUESTION | backup FILE | restore FILE | feedback | user | doctor,
and the tools for analysts: eval | inspect | why | train-policy."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from rag import __version__
from rag.commands import lab
from rag.commands import user as user_command
from rag.errors import FolioError, RequestError
from rag.model import SEARCH_MODES, SHARED_OWNER, Asking
from rag.output import Output
from rag.settings import Settings, load_settings


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 0 when it did what it was asked, 1 when not, 2 for a wrong call."""
    options = _parser().parse_args(arguments)
    output = Output()
    try:
        settings = load_settings()
        logging.basicConfig(
            level=settings.log_level if options.command is serve else "WARNING",
            format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        )
        command: Callable[[argparse.Namespace, Settings, Output], int] = options.command
        return command(options, settings, output)
    except FolioError as error:
        output.error(error)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read along has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rag", description="Folio: ask questions of your own documents.")
    parser.add_argument("--version", action="version", version=f"Folio {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve_ = commands.add_parser("serve", help="serve the page and the HTTP API")
    serve_.set_defaults(command=serve)

    ingest_ = commands.add_parser("ingest", help="put files or folders into the library that every user can read")
    ingest_.add_argument("places", nargs="+", metavar="PATH", help="a file, a folder, a pattern, or s3://bucket/prefix")
    ingest_.set_defaults(command=ingest)

    ask_ = commands.add_parser("ask", help="ask a question and stream the answer")
    ask_.add_argument("question")
    ask_.add_argument("--model", help="a name from FOLIO_MODELS, or 'extractive'")
    ask_.add_argument("--mode", choices=SEARCH_MODES, default="hybrid", help="how to search (default: hybrid)")
    ask_.add_argument("--document", action="append", metavar="NAME", help="only documents whose name contains this")
    ask_.set_defaults(command=ask)

    backup_ = commands.add_parser("backup", help="write everything to one file, also while the page is served")
    backup_.add_argument("file", metavar="FILE", type=Path)
    backup_.set_defaults(command=back_up)

    restore_ = commands.add_parser("restore", help="put a backup in place of what is in the data folder")
    restore_.add_argument("file", metavar="FILE", type=Path)
    restore_.set_defaults(command=restore)

    feedback_ = commands.add_parser("feedback", help="print users' reactions and their answers, a JSON object a line")
    feedback_.set_defaults(command=feedback)

    user_command.add_to(commands)
    lab.add_commands(commands)

    doctor_ = commands.add_parser("doctor", help="say what works here, what does not, and what to do about it")
    doctor_.set_defaults(command=doctor)
    return parser


def serve(_: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Serve until interrupted. Raises RequestError(conflict) when the port is taken."""
    from ui_gradio import serve_page  # noqa: PLC0415 -- Gradio takes seconds to import; only this command needs it

    serve_page(settings, ready=lambda url: output.line(f"Folio is ready at {url}  (stop with Ctrl-C)"))
    return 0


def ingest(options: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Ingest files and wait for them; 1 when any of them failed."""
    from rag.app import open_app  # noqa: PLC0415
    from rag.commands import importing  # noqa: PLC0415 -- `--help` stays instant

    with open_app(settings) as app:
        return 1 if importing.run(app, options.places, output) else 0


def ask(options: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Ask the shared library; 1 when the answer ended in an error."""
    from rag.app import open_app  # noqa: PLC0415 -- `--help` stays instant

    with open_app(settings) as app:
        documents = None
        if options.document:
            documents = tuple(
                document.id
                for document in app.library.documents(SHARED_OWNER)
                if any(part.lower() in document.name.lower() for part in options.document)
            )
            if not documents:
                raise RequestError("not_found", f"No document's name contains {' or '.join(options.document)}.")
        if options.mode in {"hybrid", "semantic"}:
            lab.wait_for_model(app)
        asking = Asking(options.question, model=options.model, search_mode=options.mode, documents=documents)
        turn = app.ask(SHARED_OWNER, asking)
        try:
            with closing(app.follow(SHARED_OWNER, turn.id)) as events:
                answer = output.answer(events)
        except KeyboardInterrupt:
            app.stop(SHARED_OWNER, turn.id)
            raise
    return 1 if answer.status == "error" else 0


def back_up(options: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Write a backup. Raises RequestError."""
    from rag import backup  # noqa: PLC0415 -- `--help` stays instant

    made = backup.back_up(settings, options.file)
    output.line(f"{options.file}: the database and {made.files} files ({made.bytes / 1024**2:.1f} MB)")
    return 0


def restore(options: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Restore a backup. Raises RequestError, SearchError(index_in_use)."""
    from rag import backup  # noqa: PLC0415 -- `--help` stays instant

    made, former = backup.restore(settings, options.file)
    output.line(f"Restored what was there at {made.made_at}: the database and {made.files} files.")
    output.note("The index is made again at the next start.")
    if former is not None:
        output.note(f"What was in the folder before lies in {former}.")
    return 0


def feedback(_: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Print all reactions as JSON Lines. Raises RequestError."""
    from rag import backup  # noqa: PLC0415 -- `--help` stays instant

    for record in backup.export_feedback(settings):
        output.json_line(record)
    return 0


def doctor(_: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Check every part that Folio leans on; 1 when it could not run."""
    from rag.doctor import examine  # noqa: PLC0415 -- `--help` stays instant

    findings = examine(settings)
    output.table(("", "part", "finding"), [(finding.mark, finding.part, finding.text) for finding in findings])
    return 1 if any(finding.is_fatal for finding in findings) else 0


if __name__ == "__main__":
    # Worker processes must find this module importable; the flag keeps tokenizers quiet about our forks.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.exit(main())
