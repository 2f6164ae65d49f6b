"""Recipes: which of the starter rules are on together. A recipe does not touch rules that are in none."""

from collections.abc import Mapping

from tsunagi.rules.automations import Automation

RECIPES: Mapping[str, tuple[str, ...]] = {
    # Created, won, lost: the estimate is made, accepted, declined.
    "estimates": ("deal_created_estimate", "deal_won_accept_estimate", "deal_lost_decline_estimate"),
    # Won, lost: the invoice is made, made void.
    "invoices": ("deal_won_invoice", "deal_lost_void_invoice"),
    "none": (),
}
RULES_OF_RECIPES = tuple(rule for rules in RECIPES.values() for rule in rules)


def recipe_of(automations: Mapping[str, Automation]) -> str:
    """The recipe that is in force, or "" where the rules of recipes that are on make up none of them."""
    on = {rule for rule in RULES_OF_RECIPES if rule in automations and automations[rule].enabled}
    return next((name for name, rules in RECIPES.items() if on == set(rules)), "")
