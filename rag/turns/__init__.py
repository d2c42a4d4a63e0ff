"""Answers as durable turns: an answer belongs to the server, not to the connection that asked for it.

    start -> queued -> (a place among max_turns) -> running -> exactly one terminal event

`queue` decides whose turn it is (pure), `log` writes events in group commits, `following` reads them, `runner` has the
threads. Every event is on disk before anyone sees it; the terminal event, the message and the turn's status are one
transaction. The first terminal event that reaches the log wins: whatever comes later is dropped.

    what happens                 how it ends
    exhausted                    the answer's own `done`; an answer that ends without one: `error` internal_error
    fails                        `error` with the code of the FolioError, else internal_error; the text so far is kept
    stopped                      `stopped` at once, with the text so far; later events of the answer are dropped
    stopped in the queue         `stopped`; it never ran
    abandoned (nobody follows)   nothing: it goes on to its end
    waits too long               `error` queue_timeout, worth retrying
    model hangs                  its own timeouts end it (`error` model_timeout); after a stop its thread is given up
                                 within `grace_s`, and its place goes to the next
    disk full                    `error` storage_full: followers get it at once, from memory; it is stored after what
                                 had been stored before, as soon as there is space
    conversation deleted         `error` not_found for those who follow; the answer is told to stop
    shutdown                     `interrupted`, waiting turns too
    process dies                 at the next start `interrupted`, with all text that was on disk
    stop meets done or error     the one that reached the log first; a stop afterwards does nothing
    two questions at once        one conversation: the second is refused (conflict); the same client key: one turn
    stop meets process death     `stopped` if it was on disk, else `interrupted`
"""

from rag.turns.rows import asking_of
from rag.turns.runner import Turns

__all__ = ["Turns", "asking_of"]
