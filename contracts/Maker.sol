// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The market maker's arithmetic
/// @notice A pool holds `p_j` shares of each outcome. One unit of collateral makes one share of
/// every outcome (a full set) and a full set is worth one unit; a trade keeps the product of the
/// pools. Whatever a division leaves over stays in the pool, so the product never falls.
/// @dev Amounts are in the collateral's smallest unit and at most `LIMIT`; the caller sees to that.
/// Functions change `pools` in place to what they are afterwards.
library Maker {
    /// @dev A fee of 10^18 would be the whole amount.
    uint256 internal constant ONE = 1e18;
    /// @dev No amount and no pool is greater.
    uint256 internal constant LIMIT = type(uint128).max;

    /// @notice An amount would pass 2^128 - 1.
    error BeyondLimit();
    /// @notice The pool of `outcome` holds `pool` shares, and more than that would leave it.
    error PoolTooShallow(uint256 outcome, uint256 pool, uint256 leaving);

    /// @notice Pay collateral, take shares of one outcome.
    /// @return shares What the buyer gets, rounded down.
    /// @return fee What the providers get of `collateralIn`, rounded up.
    function buy(uint256[] memory pools, uint256 outcome, uint256 collateralIn, uint256 feeWad)
        internal
        pure
        returns (uint256 shares, uint256 fee)
    {
        fee = Math.ceilDiv(collateralIn * feeWad, ONE);
        uint256 net = collateralIn - fee;
        uint256 end = pools[outcome] * ONE;
        for (uint256 j = 0; j < pools.length; ++j) {
            if (j == outcome) continue;
            uint256 pool = pools[j];
            pools[j] = pool + net;
            end = _scaled(end, pool, pool + net);
        }
        uint256 left = Math.ceilDiv(end, ONE);
        shares = pools[outcome] + net - left;
        pools[outcome] = left;
    }

    /// @notice Give shares of one outcome, get exactly `collateralOut`.
    /// @return shares What the seller gives, rounded up.
    /// @return fee What the providers get beside it, rounded up.
    function sell(uint256[] memory pools, uint256 outcome, uint256 collateralOut, uint256 feeWad)
        internal
        pure
        returns (uint256 shares, uint256 fee)
    {
        uint256 gross = Math.ceilDiv(collateralOut * ONE, ONE - feeWad);
        fee = gross - collateralOut;
        uint256 end = pools[outcome] * ONE;
        for (uint256 j = 0; j < pools.length; ++j) {
            if (j == outcome) continue;
            uint256 pool = pools[j];
            if (gross >= pool) revert PoolTooShallow(j, pool, gross);
            pools[j] = pool - gross;
            end = _scaled(end, pool, pool - gross);
        }
        uint256 left = Math.ceilDiv(end, ONE);
        shares = gross + left - pools[outcome];
        pools[outcome] = left;
    }

    /// @notice The pools of a new market: proportional to `weights`, the greatest equal to `funding`.
    /// @return returned The shares of each outcome that the pool doesn't take.
    function open(uint256[] memory pools, uint256[] memory weights, uint256 funding)
        internal
        pure
        returns (uint256[] memory returned)
    {
        uint256 greatest = _greatest(weights);
        returned = new uint256[](pools.length);
        for (uint256 j = 0; j < pools.length; ++j) {
            pools[j] = Math.ceilDiv(funding * weights[j], greatest);
            returned[j] = funding - pools[j];
        }
    }

    /// @notice Liquidity at the present prices.
    /// @return lp The part of the pool that it makes, rounded down.
    /// @return returned The shares of each outcome that the pool doesn't take, rounded down.
    function add(uint256[] memory pools, uint256 lpSupply, uint256 collateralIn)
        internal
        pure
        returns (uint256 lp, uint256[] memory returned)
    {
        uint256 greatest = _greatest(pools);
        lp = (collateralIn * lpSupply) / greatest;
        returned = new uint256[](pools.length);
        for (uint256 j = 0; j < pools.length; ++j) {
            uint256 kept = Math.ceilDiv(collateralIn * pools[j], greatest);
            pools[j] += kept;
            returned[j] = collateralIn - kept;
        }
    }

    /// @notice The share of `lp` in each pool, rounded down.
    function remove(uint256[] memory pools, uint256 lpSupply, uint256 lp)
        internal
        pure
        returns (uint256[] memory out)
    {
        out = new uint256[](pools.length);
        for (uint256 j = 0; j < pools.length; ++j) {
            out[j] = (pools[j] * lp) / lpSupply;
            pools[j] -= out[j];
        }
    }

    function _greatest(uint256[] memory values) private pure returns (uint256 greatest) {
        for (uint256 j = 0; j < values.length; ++j) {
            greatest = Math.max(greatest, values[j]);
        }
    }

    /// @dev ceil(end * numerator / denominator), the product in 512 bits. A sale may ask for far
    /// more shares than there can be: that is refused here and not left to an overflow.
    function _scaled(uint256 end, uint256 numerator, uint256 denominator)
        private
        pure
        returns (uint256 scaled)
    {
        (uint256 high,) = Math.mul512(end, numerator);
        if (high >= denominator) revert BeyondLimit();
        uint256 rest = mulmod(end, numerator, denominator);
        scaled = Math.saturatingAdd(
            Math.mulDiv(end, numerator, denominator), Math.min(rest, 1)
        );
        if (scaled > LIMIT * ONE) revert BeyondLimit();
    }
}
