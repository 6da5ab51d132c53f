"""Amounts of every size, as the property tests draw them."""

from hypothesis import strategies as st

from contracts.tests.stage import E18, LIMIT

FEES = st.sampled_from([0, 1, E18 // 1000, E18 // 100, E18 // 50, E18 // 2, E18 - 1])


def amounts(least: int, most: int = LIMIT) -> st.SearchStrategy[int]:
    """As many of seven digits as of seventeen, and now and then the bounds themselves."""
    bits = st.integers(least.bit_length(), most.bit_length())
    any_size = bits.flatmap(lambda n: st.integers(2**n >> 1, (2**n) - 1))
    within = any_size.map(lambda n: min(max(n, least), most))
    return within | within | within | st.sampled_from([least, most])
