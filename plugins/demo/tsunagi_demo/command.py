"""`tsunagi demo`: from nothing to an invoice, on this machine alone."""

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console

from tsunagi import Text
from tsunagi.embedding import load_settings, say
from tsunagi_demo.accounting import outcome_of
from tsunagi_demo.home import Home, Wish, claimed
from tsunagi_demo.installation import Installation, installed
from tsunagi_demo.outcome import Outcome
from tsunagi_demo.progress import Progress
from tsunagi_demo.sandbox import load_company
from tsunagi_demo.summary import show
from tsunagi_demo.walk import walk

_HOME = Text(
    "Folder of the demo; default: the folder 'demo' in the hub's home.", "デモのフォルダー。既定: ハブのホーム内の demo"
)
_SEED = Text("Makes the company reproducible.", "同じ番号なら同じ会社データになります。")
_DATA = Text("Folder with a company's CSV exports, in place of the made-up company.", "自社の CSV を入れたフォルダー。")
_MAPPING = Text("YAML file that says how the CSV files are meant.", "CSV の読み方を書いた YAML ファイル。")
_JSON = Text("Print one JSON object on standard output.", "結果を JSON で標準出力に出します。")
_SERVE = Text("Keep the pages up afterwards, until Ctrl-C.", "終了後も Ctrl-C まで画面を開いておきます。")
_KEEP = Text(
    "Keep what an earlier demo left and show it again; --fresh begins anew even where one is unfinished.",
    "前回のデモを残して表示します。--fresh は途中でも最初から始めます。",
)


def demo_app() -> typer.Typer:
    """The command, with its help in the current language."""
    app = typer.Typer(name="demo", add_completion=False)

    @app.command(name="demo", help=say(_HELP))
    def demo(
        context: typer.Context,
        home: Annotated[Path | None, typer.Option(help=say(_HOME))] = None,
        data: Annotated[Path | None, typer.Option(help=say(_DATA), exists=True, file_okay=False)] = None,
        mapping: Annotated[Path | None, typer.Option(help=say(_MAPPING), exists=True, dir_okay=False)] = None,
        seed: Annotated[int, typer.Option(help=say(_SEED))] = 1,
        as_json: Annotated[bool, typer.Option("--json", help=say(_JSON))] = False,
        serve: Annotated[bool, typer.Option("--serve", help=say(_SERVE))] = False,
        keep: Annotated[bool | None, typer.Option("--keep/--fresh", help=say(_KEEP))] = None,
    ) -> None:
        wish = Wish(seed=seed, data=_absolute(data), mapping=_absolute(mapping))
        folder = home or load_settings(home=context.find_root().params.get("home")).home / "demo"
        run(folder, wish, keep=keep, as_json=as_json, serve=serve)

    return app


def run(folder: Path, wish: Wish, *, keep: bool | None, as_json: bool, serve: bool) -> None:
    """The whole demo; raises TsunagiError with words for a person."""
    started = perf_counter()
    with claimed(folder, wish, keep=keep) as home, ExitStack() as stack:
        finished = home.state.step == "finished"
        demo = None if finished and not serve else _installed(home, stack, started)
        outcome = home.state.outcome if finished else None
        if outcome is None:
            assert demo is not None, "only a finished demo needs no hub"
            outcome = _walked(demo, started)
        _print(outcome, as_json=as_json)
        if serve and demo is not None:
            _stay(demo, outcome)


def _installed(home: Home, stack: ExitStack, started: float) -> Installation:
    with Progress(_aside()) as progress, progress.step(_PREPARING):
        if home.state.wish.data is not None and home.state.step == "begun":
            load_company(home, home.state.wish)
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
    for url in _pages(demo.url, outcome):
        console.print(url, soft_wrap=True)
    console.print(say(Text("Ctrl-C ends it.", "Ctrl-C で終了します。")))
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        # The way a person is told to end it is no failure.
        console.print()


def _pages(url: str, outcome: Outcome) -> list[str]:
    return [f"{url}/accounts/{deal.account_id}" for deal in outcome.deals if deal.account_id] or [url]


def _aside() -> Console:
    return Console(stderr=True, highlight=False)


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.resolve()


_PREPARING = Text("Starting the sandbox and the hub", "サンドボックスとハブを起動")
_HELP = Text(
    en="From nothing to an invoice on this machine alone: a made-up company (or your own CSV exports) in a CRM and "
    "its books, a first sync, deals that are won in the CRM, and the invoices the rules make of them.",
    ja="このパソコンだけで請求書まで体験できます。架空の会社(または自社の CSV)を CRM と会計に用意し、初回同期、"
    "CRM での受注、ルールによる請求書の作成までを行います。",
)
