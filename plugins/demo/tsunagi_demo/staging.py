"""The demo from start to end: started, resumed, reported and kept running."""

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from rich.console import Console

from tsunagi import Text
from tsunagi.embedding import create_token, say
from tsunagi_demo.accounting import outcome_of
from tsunagi_demo.home import DemoOptions, Home, claimed
from tsunagi_demo.installation import BOOKS, CRM, Installation, installed
from tsunagi_demo.outcome import Outcome
from tsunagi_demo.progress import Progress
from tsunagi_demo.sandbox import load_company
from tsunagi_demo.summary import show
from tsunagi_demo.walk import walk

_PREPARING = Text("Starting the sandbox and the hub", "サンドボックスとハブを起動")

_SEE_THE_PAGES = Text(
    "To see this company on the pages, give the same command again with --keep --serve.",
    "この会社を画面で見るには、同じコマンドに --keep --serve を付けてもう一度実行してください。",
)


def run(folder: Path, options: DemoOptions, *, keep: bool | None, as_json: bool, serve: bool) -> None:
    """The whole demo; raises TsunagiError with words for a person."""
    started = perf_counter()
    with claimed(folder, options, keep=keep) as home, ExitStack() as stack:
        finished = home.state.step == "finished"
        demo = None if finished and not serve else _installed(home, stack, started)
        outcome = home.state.outcome if finished else None
        if outcome is None:
            assert demo is not None, "only a finished demo needs no hub"
            outcome = _walked(demo, started)
        _print(outcome, as_json=as_json)
        if serve and demo is not None:
            _stay(demo, outcome)
        elif not as_json:
            _aside().print(say(_SEE_THE_PAGES), soft_wrap=True)


def _installed(home: Home, stack: ExitStack, started: float) -> Installation:
    with Progress(_aside()) as progress, progress.step(_PREPARING):
        if home.state.options.data is not None and home.state.step == "begun":
            load_company(home, home.state.options)
        demo = stack.enter_context(installed(home, started=started))
    if home.state.step == "begun":
        home.save(step="prepared")
    return demo


def _walked(demo: Installation, started: float) -> Outcome:
    with Progress(_aside()) as progress:
        walked = walk(demo, progress)
    outcome = outcome_of(demo, walked, started=started)
    demo.home.save(step="finished", outcome=outcome)
    return outcome


def _print(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(outcome.as_json() + "\n")
        sys.stdout.flush()
    else:
        show(Console(highlight=False), outcome)


def _stay(demo: Installation, outcome: Outcome) -> None:
    console = _aside()
    console.print(_way_in(demo), soft_wrap=True)
    for url, name in _pages(demo.url, outcome).items():
        console.print(f"{url}  {name}".rstrip(), soft_wrap=True)
    console.print(say(Text("Ctrl-C ends it.", "Ctrl-C で終了します。")))
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        # Ctrl-C is the documented way to end it, not a failure.
        console.print()


def _way_in(demo: Installation) -> str:
    """Where to sign in, and with what: a token of the CRM's administrator, new each time as nothing else keeps it."""
    administrator = demo.hub.connectors.connection(CRM).connected_by
    token = create_token(demo.hub.context, None, administrator, label="tsunagi demo").text
    address = f"{demo.url}/sign-in"
    return say(
        Text(
            f"Sign in at {address} as {administrator} with this token: {token}",
            f"{address} で次のトークンを入力し、{administrator} としてサインインしてください: {token}",
        )
    )


def _pages(url: str, outcome: Outcome) -> dict[str, str]:
    """Accounts by address, named: those whose deals were won, then those whose documents the summary names."""
    won = {f"{deal.account_id}?service={BOOKS}": deal.account for deal in outcome.deals if deal.account_id}
    named = {
        f"{kept.page.account_id}?service={service}": kept.page.account
        for service, kinds in outcome.documents.items()
        for kept in kinds.values()
        if kept.page
    }
    return {f"{url}/accounts/{place}": name for place, name in {**won, **named}.items()} or {url: ""}


def _aside() -> Console:
    return Console(stderr=True, highlight=False)
