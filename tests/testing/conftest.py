"""A plugin to break on purpose: Acme Payroll, imported without announcing it to the rest of the suite."""

import sys
from pathlib import Path

_FOLDER = str(Path(__file__).parents[1] / "fixtures" / "acme_payroll")
sys.path.insert(0, _FOLDER)
try:
    import acme_payroll
    import fake_payroll
finally:
    sys.path.remove(_FOLDER)

__all__ = ["acme_payroll", "fake_payroll"]
