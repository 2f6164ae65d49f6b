"""The hub over HTTP: API, pages and callbacks in one application, and the server that runs it.

    server          listens, answers, and runs the worker beside it; `serve` and `running` are the way in
    application     puts API, pages and middlewares together
    error_handlers  turns every error into an answer: a problem for programs, a page for people
    api, web        the routes, for programs and for people
    auth, csrf      who calls, and whether a browser was made to
    errors          what these faces refuse, and the HTTP status of every error of the hub

Each imports only from those below it. Nothing is imported here, so that a command pays only for what it uses.
"""
