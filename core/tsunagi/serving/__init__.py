"""The hub as a web server: API and pages in one application, with the work that goes on behind them."""

from tsunagi.serving.application import create_application
from tsunagi.serving.server import Running, running, serve

__all__ = ["Running", "create_application", "running", "serve"]
