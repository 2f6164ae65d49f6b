"""Demo data: a made-up company, the same for the same seed, with which a new sandbox can start."""

from zoho_sandbox.demo_data.seed import seed_company

__all__ = ["seed_company"]
