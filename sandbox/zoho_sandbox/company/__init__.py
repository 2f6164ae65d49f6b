"""A believable company, the same for the same seed, with which a new sandbox can start."""

from zoho_sandbox.company.seed import seed_company

__all__ = ["seed_company"]
