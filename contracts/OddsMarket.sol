// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IOddsMarket} from "./IOddsMarket.sol";
import {Maker} from "./Maker.sol";
import {Results} from "./Results.sol";

/// @title Many prediction markets in one contract
/// @notice Each has 2 to 8 outcomes, a collateral of its own, a constant-product maker and a ledger of
/// shares that only this contract moves.
///
/// The account named at deployment has every role and hands them on. DEFAULT_ADMIN_ROLE gives and
/// takes roles, and unpauses. CREATOR_ROLE opens markets and vouches for the collateral: a token that
/// changes balances by itself would leave the last claims of its markets unpaid. RESOLVER_ROLE
/// proposes results: a key for every day. ARBITER_ROLE overrules a proposal, or voids: a key kept
/// apart. GUARDIAN_ROLE pauses. Trading, leaving, finalizing and claiming need no role.
/// @dev Every call checks, then changes what is kept, then emits, then moves tokens.
contract OddsMarket is Results {
    bytes32 public constant CREATOR_ROLE = keccak256("CREATOR_ROLE");
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");

    uint32 public constant DISPUTE_WINDOW_MIN = 1 minutes;
    uint32 public constant DISPUTE_WINDOW_MAX = 30 days;
    /// @notice How far off resolveBy may be: no money is locked for longer, should everybody leave.
    uint64 public constant HORIZON_MAX = 3 * 365 days;
    /// @notice LP of each market that nobody owns. With it no provider can own all of a pool, skew it
    /// and take what the next one adds.
    uint256 public constant LOCKED_LP = 1000;

    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(CREATOR_ROLE, admin);
        _grantRole(RESOLVER_ROLE, admin);
        _grantRole(ARBITER_ROLE, admin);
        _grantRole(GUARDIAN_ROLE, admin);
    }

    /// @notice Stop entry: new markets, buys, liquidity. Leaving and claiming never stop.
    function pause() external onlyRole(GUARDIAN_ROLE) {
        _pause();
    }

    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// @inheritdoc IOddsMarket
    function createMarket(NewMarket calldata wanted, uint256 funding, uint256[] calldata weights)
        external
        nonReentrant
        whenNotPaused
        onlyRole(CREATOR_ROLE)
        returns (uint256 marketId)
    {
        _check(wanted, weights);
        if (funding <= LOCKED_LP) revert FundingTooSmall(funding, LOCKED_LP + 1);
        if (funding > Maker.LIMIT) revert Maker.BeyondLimit();

        marketId = ++marketCount;
        Market storage market = _markets[marketId];
        market.creator = msg.sender;
        market.collateral = wanted.collateral;
        market.outcomeCount = wanted.outcomeCount;
        market.closesAt = wanted.closesAt;
        market.resolveBy = wanted.resolveBy;
        market.disputeWindow = wanted.disputeWindow;
        market.feeWad = wanted.feeWad;
        market.questionHash = wanted.questionHash;
        market.status = Status.Open;
        market.outcome = NO_OUTCOME;
        emit MarketCreated(
            marketId,
            msg.sender,
            wanted.collateral,
            ++seq,
            wanted.outcomeCount,
            wanted.closesAt,
            wanted.resolveBy,
            wanted.disputeWindow,
            wanted.feeWad,
            wanted.questionHash
        );
        _fund(marketId, market, funding, weights);
        _pull(wanted.collateral, funding);
    }

    /// @inheritdoc IOddsMarket
    function buy(
        uint256 marketId,
        uint8 outcome,
        uint256 collateralIn,
        uint256 minShares,
        uint256 deadline
    ) external nonReentrant whenNotPaused returns (uint256 shares) {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline);
        Market storage market = _trading(marketId);
        uint256 fee;
        uint256[] memory pools;
        (shares, fee, pools) = _quoteBuy(market, outcome, collateralIn);
        if (shares == 0 || shares < minShares) revert TooFewShares(outcome, shares, minShares);

        market.backing += uint128(collateralIn - fee);
        _earn(market, fee);
        _store(market, pools);
        _shares[marketId][msg.sender][outcome] += uint128(shares);
        emit SharesBought(marketId, msg.sender, outcome, ++seq, collateralIn, fee, shares, pools);
        _pull(market.collateral, collateralIn);
    }

    /// @inheritdoc IOddsMarket
    function sell(
        uint256 marketId,
        uint8 outcome,
        uint256 collateralOut,
        uint256 maxShares,
        uint256 deadline
    ) external nonReentrant returns (uint256 shares) {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline);
        Market storage market = _trading(marketId);
        uint256 fee;
        uint256[] memory pools;
        (shares, fee, pools) = _quoteSell(market, outcome, collateralOut);
        if (shares > maxShares) revert TooManyShares(shares, maxShares);
        uint256 owned = _shares[marketId][msg.sender][outcome];
        if (shares > owned) revert InsufficientShares(owned, shares);

        _shares[marketId][msg.sender][outcome] = uint128(owned - shares);
        market.backing -= uint128(collateralOut + fee);
        _earn(market, fee);
        _store(market, pools);
        emit SharesSold(marketId, msg.sender, outcome, ++seq, collateralOut, fee, shares, pools);
        _push(market.collateral, msg.sender, collateralOut);
    }

    /// @inheritdoc IOddsMarket
    function addLiquidity(
        uint256 marketId,
        uint256 collateralIn,
        uint256 minLp,
        uint256[] calldata minShares
    ) external nonReentrant whenNotPaused returns (uint256 lp, uint256[] memory returned) {
        Market storage market = _trading(marketId);
        _checkEntry(market, collateralIn);
        uint256[] memory pools = _pools(market);
        (lp, returned) = Maker.add(pools, market.lpSupply, collateralIn);
        if (lp == 0 || lp < minLp) revert TooLittleLp(lp, minLp);
        _checkLeast(returned, minShares);

        market.backing += uint128(collateralIn);
        _store(market, pools);
        _mint(marketId, market, msg.sender, lp);
        _give(marketId, msg.sender, returned);
        emit LiquidityAdded(marketId, msg.sender, ++seq, collateralIn, lp, returned, pools);
        _pull(market.collateral, collateralIn);
    }

    /// @inheritdoc IOddsMarket
    function removeLiquidity(uint256 marketId, uint256 lp, uint256[] calldata minShares)
        external
        nonReentrant
        returns (uint256 fees, uint256[] memory out)
    {
        Market storage market = _known(marketId);
        Position storage position = _positions[marketId][msg.sender];
        if (lp > position.lp) revert InsufficientLp(position.lp, lp);
        uint256[] memory pools = _pools(market);
        out = Maker.remove(pools, market.lpSupply, lp);
        _checkLeast(out, minShares);

        fees = _burn(market, position, lp);
        if (lp == 0 && fees == 0) revert NothingToPay();
        _store(market, pools);
        _give(marketId, msg.sender, out);
        emit LiquidityRemoved(marketId, msg.sender, ++seq, lp, fees, out, pools);
        if (fees > 0) _push(market.collateral, msg.sender, fees);
    }

    /// @inheritdoc IOddsMarket
    function calcBuy(uint256 marketId, uint8 outcome, uint256 collateralIn)
        external
        view
        returns (uint256 shares, uint256 fee)
    {
        (shares, fee,) = _quoteBuy(_known(marketId), outcome, collateralIn);
    }

    /// @inheritdoc IOddsMarket
    function calcSell(uint256 marketId, uint8 outcome, uint256 collateralOut)
        external
        view
        returns (uint256 shares, uint256 fee)
    {
        (shares, fee,) = _quoteSell(_known(marketId), outcome, collateralOut);
    }

    /// @dev The creator is the first provider, and pays for the LP that is locked.
    function _fund(
        uint256 marketId,
        Market storage market,
        uint256 funding,
        uint256[] calldata weights
    ) private {
        uint256[] memory pools = new uint256[](market.outcomeCount);
        uint256[] memory returned = Maker.open(pools, weights, funding);
        uint256 lp = funding - LOCKED_LP;
        market.backing = uint128(funding);
        _store(market, pools);
        _mint(marketId, market, msg.sender, lp);
        _mint(marketId, market, address(0), LOCKED_LP);
        _give(marketId, msg.sender, returned);
        emit LiquidityAdded(marketId, msg.sender, ++seq, funding, lp, returned, pools);
        uint256[] memory none = new uint256[](pools.length);
        emit LiquidityAdded(marketId, address(0), ++seq, 0, LOCKED_LP, none, pools);
    }

    function _check(NewMarket calldata wanted, uint256[] calldata weights) private view {
        uint256 count = wanted.outcomeCount;
        if (count < 2 || count > OUTCOMES_MAX) revert BadOutcomeCount(count);
        if (wanted.collateral.code.length == 0) revert BadCollateral(wanted.collateral);
        if (
            wanted.closesAt <= block.timestamp || wanted.resolveBy <= wanted.closesAt
                || wanted.resolveBy > block.timestamp + HORIZON_MAX
        ) revert BadTimes(wanted.closesAt, wanted.resolveBy);
        uint32 window = wanted.disputeWindow;
        if (window < DISPUTE_WINDOW_MIN || window > DISPUTE_WINDOW_MAX) revert BadWindow(window);
        if (wanted.feeWad >= Maker.ONE) revert BadFee(wanted.feeWad);
        if (weights.length != count) revert BadLength(weights.length, count);
        for (uint256 j = 0; j < count; ++j) {
            if (weights[j] == 0 || weights[j] > Maker.LIMIT) revert BadWeight(j, weights[j]);
        }
    }

    function _trading(uint256 marketId) private view returns (Market storage market) {
        market = _known(marketId);
        if (market.status != Status.Open) revert WrongStatus(market.status);
        if (block.timestamp >= market.closesAt) revert TooLate(market.closesAt);
    }

    function _quoteBuy(Market storage market, uint8 outcome, uint256 collateralIn)
        private
        view
        returns (uint256 shares, uint256 fee, uint256[] memory pools)
    {
        _checkOutcome(market, outcome);
        _checkEntry(market, collateralIn);
        pools = _pools(market);
        (shares, fee) = Maker.buy(pools, outcome, collateralIn, market.feeWad);
    }

    function _quoteSell(Market storage market, uint8 outcome, uint256 collateralOut)
        private
        view
        returns (uint256 shares, uint256 fee, uint256[] memory pools)
    {
        _checkOutcome(market, outcome);
        if (collateralOut == 0) revert ZeroAmount();
        if (collateralOut > Maker.LIMIT) revert Maker.BeyondLimit();
        pools = _pools(market);
        (shares, fee) = Maker.sell(pools, outcome, collateralOut, market.feeWad);
    }

    function _checkLeast(uint256[] memory shares, uint256[] calldata least) private pure {
        if (least.length != shares.length) revert BadLength(least.length, shares.length);
        for (uint256 j = 0; j < shares.length; ++j) {
            if (shares[j] < least[j]) revert TooFewShares(j, shares[j], least[j]);
        }
    }
}
