import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import AuthenticationFailed, RateLimited, ServiceUnavailable, Text
from tsunagi_zoho import RetryPolicy

WORDS = Text.same("no")


def throttled(seconds: float | None = None) -> RateLimited:
    return RateLimited(WORDS, service="crm", retry_after=seconds)


def test_waits_double_and_end() -> None:
    retry_policy = RetryPolicy(random=lambda: 1.0)
    waits = [retry_policy.wait_after(attempt, throttled()) for attempt in range(1, 8)]
    assert waits == [1, 2, 4, 8, 16, 32, None]


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 6))
def test_chance_spreads_the_waits_over_half_of_their_length(chance: float, attempt: int) -> None:
    wait = RetryPolicy(random=lambda: chance).wait_after(attempt, throttled())
    assert wait is not None
    assert 2 ** (attempt - 1) / 2 <= wait <= 2 ** (attempt - 1)


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 60))
def test_never_sooner_than_the_service_asked(chance: float, asked: float) -> None:
    wait = RetryPolicy(random=lambda: chance).wait_after(1, throttled(asked))
    assert wait is not None
    assert asked <= wait <= asked + 1


def test_hours_are_not_waited_for() -> None:
    assert RetryPolicy().wait_after(1, throttled(3600)) is None


@pytest.mark.parametrize(
    ("error", "attempts"),
    [(ServiceUnavailable(WORDS, service="crm"), 4), (AuthenticationFailed(WORDS, service="crm"), 1)],
)
def test_only_what_may_pass_is_tried_again(error: ServiceUnavailable | AuthenticationFailed, attempts: int) -> None:
    retry_policy = RetryPolicy()
    tried = next(n for n in range(1, 10) if retry_policy.wait_after(n, error) is None)
    assert tried == attempts
