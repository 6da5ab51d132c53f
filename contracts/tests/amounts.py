"""Amounts of every size, as the property tests draw them."""

from hypothesis import strategies as st

from contracts.tests.stage import E18, LIMIT, LOCKED_LP

FEES = st.sampled_from([0, 1, E18 // 1000, E18 // 100, E18 // 50, E18 // 2, E18 - 1])


def amounts(least: int, most: int = LIMIT) -> st.SearchStrategy[int]:
    """As many of seven digits as of seventeen, and now and then the bounds themselves."""
    bits = st.integers(least.bit_length(), most.bit_length())
    any_size = bits.flatmap(lambda n: st.integers(2**n >> 1, (2**n) - 1))
    within = any_size.map(lambda n: min(max(n, least), most))
    return within | within | within | st.sampled_from([least, most])


# Of every shape. As weights, with the greatest for funding, they open just these.
POOLS = st.tuples(
    amounts(LOCKED_LP + 1, 2**127), st.lists(amounts(1, 2**127), min_size=1, max_size=7)
).map(lambda drawn: [drawn[0], *(min(drawn[0], pool) for pool in drawn[1])])
# Of an outcome, modulo how many there are.
NUMBERS = st.integers(0, 7)
