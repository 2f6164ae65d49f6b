"""The command `tsunagi demo` and its options; declared apart from what it does, which imports the whole hub."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tsunagi import ConfigError, Text
from tsunagi.translation import say
from zoho_sandbox.entry import missing_extra

_HOME = Text(
    "Folder of the demo; default: the folder 'demo' in the hub's home.", "デモのフォルダー。既定: ハブのホーム内の demo"
)
_SEED = Text("Makes the company reproducible.", "同じ番号なら同じ会社データになります。")
_DATA = Text("Folder with a company's CSV exports, in place of the made-up company.", "自社の CSV を入れたフォルダー。")
_MAPPING = Text("YAML file that describes the CSV files.", "CSV の読み方を書いた YAML ファイル。")
_BASE_CURRENCY = Text(
    "Code of the company's own currency (USD), where the CSV files do not say it.",
    "CSV に書かれていない場合の基準通貨のコード(例: JPY)。",
)
_ENCODING = Text(
    "Encoding of CSV files that are not Unicode: cp932 (Japan), cp1252 (West).",
    "Unicode でない CSV の文字コード: cp932(日本語)、cp1252(欧文)。",
)
_DECIMAL_MARK = Text(
    "The mark before decimals, where 1.234 can be read either way.",
    "1.234 のようにどちらとも読める金額の小数点の記号。",
)
_DATE_ORDER = Text(
    "What comes first in dates, where 3/4/2026 can be read either way.",
    "3/4/2026 のようにどちらとも読める日付の順序(日が先か月が先か)。",
)
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
        base_currency: Annotated[str | None, typer.Option(help=say(_BASE_CURRENCY))] = None,
        encoding: Annotated[str | None, typer.Option(help=say(_ENCODING))] = None,
        decimal_mark: Annotated[Literal[".", ","] | None, typer.Option(help=say(_DECIMAL_MARK))] = None,
        date_order: Annotated[Literal["day-first", "month-first"] | None, typer.Option(help=say(_DATE_ORDER))] = None,
        as_json: Annotated[bool, typer.Option("--json", help=say(_JSON))] = False,
        serve: Annotated[bool, typer.Option("--serve", help=say(_SERVE))] = False,
        keep: Annotated[bool | None, typer.Option("--keep/--fresh", help=say(_KEEP))] = None,
    ) -> None:
        _require_sandbox()
        from tsunagi.embedding import load_settings  # noqa: PLC0415 - the whole hub, which the command's help does without
        from tsunagi_demo.home import DemoOptions  # noqa: PLC0415 - likewise
        from tsunagi_demo.staging import run  # noqa: PLC0415 - likewise

        options = DemoOptions(
            seed=seed,
            data=_absolute(data),
            mapping=_absolute(mapping),
            base_currency=base_currency,
            encoding=encoding,
            decimal_mark=decimal_mark,
            date_order=date_order,
        )
        folder = home or load_settings(home=context.find_root().params.get("home")).home / "demo"
        run(folder, options, keep=keep, as_json=as_json, serve=serve)

    return app


def _require_sandbox() -> None:
    """Raises ConfigError where the distribution is installed without what the sandbox needs."""
    if missing_extra():
        raise ConfigError(
            Text("The demo needs the extra 'sandbox'.", "デモには追加パッケージ「sandbox」が必要です。"),
            hint=Text("Install it: pip install 'tsunagi[sandbox]'", "インストール: pip install 'tsunagi[sandbox]'"),
        )


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.resolve()


_HELP = Text(
    en="From nothing to an invoice on this machine alone: a made-up company (or your own CSV exports) in a CRM and "
    "its books, a first sync, deals that are won in the CRM, and the invoices the rules make of them.",
    ja="このパソコンだけで請求書まで体験できます。架空の会社(または自社の CSV)を CRM と会計に用意し、初回同期、"
    "CRM での受注、ルールによる請求書の作成までを行います。",
)
