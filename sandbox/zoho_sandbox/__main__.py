"""`python -m zoho_sandbox` is the `zoho-sandbox` command."""

from zoho_sandbox.entry import main

main()
