// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IOddsMarket} from "./IOddsMarket.sol";
import {Maker} from "./Maker.sol";

/// @title What is kept of each market, and who owns what of it
/// @dev What always holds, for each market:
/// - until a result is final: pools[j] + everybody's shares of j = backing, for each j. After it:
///   what is left to claim, from the pools too, ≤ backing.
/// - the fees due to all providers ≤ fees.
/// - backing + fees ≤ Maker.LIMIT. Seen to at entry, and only entry raises it: so every pool, every
///   share and every fee fits 128 bits, and nothing on the way out can overflow.
/// Pausable is a base so that its flag lies in one slot with `seq`, which each trade reads anyway.
abstract contract Ledger is IOddsMarket, Pausable {
    using SafeERC20 for IERC20;

    uint8 public constant OUTCOMES_MAX = 8;
    uint8 public constant NO_OUTCOME = type(uint8).max;

    /// @dev Binary places of what one LP has earned.
    uint256 private constant FEE_PLACES = 96;

    struct Market {
        address collateral;
        uint64 closesAt;
        uint8 outcomeCount;
        Status status;
        uint8 round;
        uint8 outcome;
        // A slot that no trade reads.
        address creator;
        uint64 resolveBy;
        uint32 disputeWindow;
        // One that every trade reads.
        uint64 feeWad;
        uint64 disputableUntil;
        uint128 lpSupply;
        // And one that every trade writes.
        uint128 backing;
        uint128 fees;
        // What one LP would have earned, had it been there from the start.
        uint256 feePerLp;
        bytes32 questionHash;
        uint128[OUTCOMES_MAX] pools;
    }

    struct Position {
        uint128 lp;
        // Earned until `feePerLp` was what is noted here, and not paid yet.
        uint128 feesDue;
        uint256 feePerLp;
    }

    /// @notice Markets are numbered 1 to marketCount.
    uint64 public marketCount;
    /// @notice How many of IOddsMarket's events there were.
    uint64 public seq;

    mapping(uint256 marketId => Market) internal _markets;
    mapping(uint256 marketId => mapping(address owner => uint128[OUTCOMES_MAX])) internal _shares;
    mapping(uint256 marketId => mapping(address owner => Position)) internal _positions;

    /// @inheritdoc IOddsMarket
    function getMarket(uint256 marketId) public view returns (MarketState memory state) {
        Market storage market = _known(marketId);
        state.creator = market.creator;
        state.collateral = market.collateral;
        state.outcomeCount = market.outcomeCount;
        state.closesAt = market.closesAt;
        state.resolveBy = market.resolveBy;
        state.disputeWindow = market.disputeWindow;
        state.feeWad = market.feeWad;
        state.questionHash = market.questionHash;
        state.status = market.status;
        state.round = market.round;
        state.outcome = market.outcome;
        state.disputableUntil = market.disputableUntil;
        state.backing = market.backing;
        state.fees = market.fees;
        state.lpSupply = market.lpSupply;
        state.pools = _pools(market);
        (state.payoutNumerators, state.payoutDenominator) = _payout(market);
    }

    /// @inheritdoc IOddsMarket
    function stateDigest(uint256 marketId) external view returns (bytes32) {
        return keccak256(abi.encode(marketId, getMarket(marketId)));
    }

    /// @inheritdoc IOddsMarket
    function sharesOf(uint256 marketId, address owner)
        public
        view
        returns (uint256[] memory owned)
    {
        owned = new uint256[](_known(marketId).outcomeCount);
        uint128[OUTCOMES_MAX] storage stored = _shares[marketId][owner];
        for (uint256 j = 0; j < owned.length; ++j) {
            owned[j] = stored[j];
        }
    }

    /// @inheritdoc IOddsMarket
    function lpOf(uint256 marketId, address owner)
        external
        view
        returns (uint256 lp, uint256 feesDue)
    {
        Market storage market = _known(marketId);
        Position storage position = _positions[marketId][owner];
        return (position.lp, _feesDue(market, position));
    }

    function _known(uint256 marketId) internal view returns (Market storage market) {
        market = _markets[marketId];
        if (market.status == Status.None) revert UnknownMarket(marketId);
    }

    function _pools(Market storage market) internal view returns (uint256[] memory pools) {
        pools = new uint256[](market.outcomeCount);
        for (uint256 j = 0; j < pools.length; ++j) {
            pools[j] = market.pools[j];
        }
    }

    /// @dev What a share of each outcome pays. Nothing (denominator 0) before there is a result.
    function _payout(Market storage market)
        internal
        view
        returns (uint256[] memory numerators, uint256 denominator)
    {
        Status status = market.status;
        if (status != Status.Finalized && status != Status.Voided) return (numerators, 0);
        numerators = new uint256[](market.outcomeCount);
        if (status == Status.Finalized) {
            numerators[market.outcome] = 1;
            return (numerators, 1);
        }
        for (uint256 j = 0; j < numerators.length; ++j) {
            numerators[j] = 1;
        }
        return (numerators, numerators.length);
    }

    /// @dev Doesn't overflow: at each trade the position was at most the supply that the fee was
    /// divided by, so the product is at most 2^96 times all fees ever paid. For these to pass 2^160 it
    /// would take four billion trades of the greatest amount there is.
    function _feesDue(Market storage market, Position storage position)
        internal
        view
        returns (uint256)
    {
        uint256 perLp = market.feePerLp - position.feePerLp;
        return position.feesDue + ((position.lp * perLp) >> FEE_PLACES);
    }

    function _checkOutcome(Market storage market, uint8 outcome) internal view {
        if (outcome >= market.outcomeCount) revert BadOutcome(outcome, market.outcomeCount);
    }

    function _checkEntry(Market storage market, uint256 collateralIn) internal view {
        if (collateralIn == 0) revert ZeroAmount();
        if (collateralIn > Maker.LIMIT - market.backing - market.fees) revert Maker.BeyondLimit();
    }

    function _store(Market storage market, uint256[] memory pools) internal {
        for (uint256 j = 0; j < pools.length; ++j) {
            market.pools[j] = uint128(pools[j]);
        }
    }

    /// @dev The part of the locked LP is nobody's: 1000 of the whole supply.
    function _earn(Market storage market, uint256 fee) internal {
        market.fees += uint128(fee);
        market.feePerLp += (fee << FEE_PLACES) / market.lpSupply;
    }

    function _give(uint256 marketId, address owner, uint256[] memory shares) internal {
        uint128[OUTCOMES_MAX] storage owned = _shares[marketId][owner];
        for (uint256 j = 0; j < shares.length; ++j) {
            if (shares[j] > 0) owned[j] += uint128(shares[j]);
        }
    }

    function _mint(uint256 marketId, Market storage market, address provider, uint256 lp) internal {
        uint256 supply = market.lpSupply + lp;
        if (supply > Maker.LIMIT) revert Maker.BeyondLimit();
        Position storage position = _positions[marketId][provider];
        _settle(market, position);
        position.lp += uint128(lp);
        market.lpSupply = uint128(supply);
    }

    /// @dev Also takes the fees that are due: the caller pays them.
    function _burn(Market storage market, Position storage position, uint256 lp)
        internal
        returns (uint256 fees)
    {
        _settle(market, position);
        fees = position.feesDue;
        position.feesDue = 0;
        position.lp -= uint128(lp);
        market.lpSupply -= uint128(lp);
        market.fees -= uint128(fees);
    }

    /// @dev Last in a call. Pricing never looks at balances; here they unmask a token that keeps some
    /// of what it moves.
    function _pull(address collateral, uint256 amount) internal {
        IERC20 token = IERC20(collateral);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = Math.saturatingSub(token.balanceOf(address(this)), before);
        if (received != amount) revert CollateralRefused(amount, received);
    }

    function _push(address collateral, address to, uint256 amount) internal {
        IERC20(collateral).safeTransfer(to, amount);
    }

    function _settle(Market storage market, Position storage position) private {
        position.feesDue = uint128(_feesDue(market, position));
        position.feePerLp = market.feePerLp;
    }
}
