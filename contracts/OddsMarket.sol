// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IOddsMarket} from "./IOddsMarket.sol";
import {Maker} from "./Maker.sol";

/// @title Many prediction markets in one contract
/// @notice Each market has 2 to 8 outcomes, a collateral, a constant-product maker and a ledger of
/// shares that only this contract moves.
///
/// Who may do what. The account named at deployment has every role and hands them on:
/// DEFAULT_ADMIN_ROLE gives and takes roles and unpauses; CREATOR_ROLE opens markets, and vouches for
/// the collateral; RESOLVER_ROLE proposes results, a key for every day; ARBITER_ROLE overrules a
/// proposal within its window, or voids, a key kept apart; GUARDIAN_ROLE pauses. Trading, leaving,
/// finalizing and claiming need no role.
///
/// There are no bonds: whoever decides a dispute is an arbiter anyway, and a bond would only let the
/// rich delay payouts. Delay is bounded instead: a first proposal comes by `resolveBy` or anybody may
/// void, and at most ROUNDS_MAX proposals follow each other, a dispute window each.
///
/// @dev What always holds, for each market:
/// pools[j] + all shares of j = backing, until a result is final; then claims ≤ backing.
/// backing + fees ≤ 2^128 - 1 at entry, which bounds every pool, share and fee.
/// fees due to all providers ≤ fees. The product of the pools never falls in a trade.
contract OddsMarket is IOddsMarket, AccessControl, Pausable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    bytes32 public constant CREATOR_ROLE = keccak256("CREATOR_ROLE");
    bytes32 public constant RESOLVER_ROLE = keccak256("RESOLVER_ROLE");
    bytes32 public constant ARBITER_ROLE = keccak256("ARBITER_ROLE");
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");

    uint8 public constant OUTCOMES_MAX = 8;
    uint8 public constant NO_OUTCOME = type(uint8).max;
    uint8 public constant ROUNDS_MAX = 4;
    uint32 public constant DISPUTE_WINDOW_MIN = 1 minutes;
    uint32 public constant DISPUTE_WINDOW_MAX = 30 days;
    // How far off resolveBy may be: money isn't locked for ever where everybody has gone away.
    uint64 public constant HORIZON_MAX = 3 * 365 days;
    // LP of a market that nobody owns, so that no provider ever owns (nearly) all of a tiny pool.
    uint256 public constant LOCKED_LP = 1000;

    // Fees per LP are kept as fixed-point numbers with so many binary places.
    uint256 private constant FEE_PLACES = 64;

    struct Market {
        address collateral;
        uint64 closesAt;
        uint8 outcomeCount;
        Status status;
        uint8 round;
        uint8 outcome;
        // The next slot: nothing that a trade reads.
        address creator;
        uint64 resolveBy;
        uint32 disputeWindow;
        uint64 feeWad;
        uint64 disputableUntil;
        uint128 lpSupply;
        uint128 backing;
        uint128 fees;
        // All fees ever paid to one LP, had it been there from the start.
        uint256 feePerLp;
        bytes32 questionHash;
        uint128[OUTCOMES_MAX] pools;
    }

    struct Position {
        uint128 lp;
        // Fees earned up to feePerLp.
        uint128 feesDue;
        uint256 feePerLp;
    }

    /// @notice Markets are numbered 1 to marketCount.
    uint64 public marketCount;
    /// @notice How many of IOddsMarket's events there were.
    uint64 public seq;

    mapping(uint256 marketId => Market) private _markets;
    mapping(uint256 marketId => mapping(address owner => uint128[OUTCOMES_MAX])) private _shares;
    mapping(uint256 marketId => mapping(address owner => Position)) private _positions;

    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(CREATOR_ROLE, admin);
        _grantRole(RESOLVER_ROLE, admin);
        _grantRole(ARBITER_ROLE, admin);
        _grantRole(GUARDIAN_ROLE, admin);
    }

    /// @notice Stop entry: new markets, buys and liquidity. Leaving and claiming never stop.
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
        Market storage market = _trading(marketId, deadline);
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
        Market storage market = _trading(marketId, deadline);
        uint256 fee;
        uint256[] memory pools;
        (shares, fee, pools) = _quoteSell(market, outcome, collateralOut);
        if (shares > maxShares) revert TooManyShares(shares, maxShares);
        uint128[OUTCOMES_MAX] storage owned = _shares[marketId][msg.sender];
        if (shares > owned[outcome]) revert InsufficientShares(owned[outcome], shares);

        owned[outcome] -= uint128(shares);
        market.backing -= uint128(collateralOut + fee);
        _earn(market, fee);
        _store(market, pools);
        emit SharesSold(marketId, msg.sender, outcome, ++seq, collateralOut, fee, shares, pools);
        IERC20(market.collateral).safeTransfer(msg.sender, collateralOut);
    }

    /// @inheritdoc IOddsMarket
    function addLiquidity(
        uint256 marketId,
        uint256 collateralIn,
        uint256 minLp,
        uint256[] calldata minShares
    ) external nonReentrant whenNotPaused returns (uint256 lp, uint256[] memory returned) {
        Market storage market = _trading(marketId, block.timestamp);
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
        fees = _feesDue(market, position);
        if (lp == 0 && fees == 0) revert NothingToPay();

        position.lp -= uint128(lp);
        position.feesDue = 0;
        position.feePerLp = market.feePerLp;
        market.lpSupply -= uint128(lp);
        market.fees -= uint128(fees);
        _store(market, pools);
        _give(marketId, msg.sender, out);
        emit LiquidityRemoved(marketId, msg.sender, ++seq, lp, fees, out, pools);
        if (fees > 0) IERC20(market.collateral).safeTransfer(msg.sender, fees);
    }

    /// @inheritdoc IOddsMarket
    function proposeResult(uint256 marketId, uint8 outcome, bytes32 evidenceHash)
        external
        onlyRole(RESOLVER_ROLE)
    {
        Market storage market = _known(marketId);
        if (market.status != Status.Open) revert WrongStatus(market.status);
        if (block.timestamp < market.closesAt) revert TooEarly(market.closesAt);
        if (block.timestamp > market.resolveBy) revert TooLate(market.resolveBy);
        market.status = Status.Proposed;
        _propose(marketId, market, outcome, evidenceHash);
    }

    /// @inheritdoc IOddsMarket
    function challengeResult(uint256 marketId, uint8 outcome, bytes32 evidenceHash)
        external
        onlyRole(ARBITER_ROLE)
    {
        Market storage market = _known(marketId);
        if (market.status != Status.Proposed) revert WrongStatus(market.status);
        if (block.timestamp >= market.disputableUntil) revert TooLate(market.disputableUntil);
        if (outcome == market.outcome) revert SameOutcome(outcome);
        if (market.round == ROUNDS_MAX) revert NoRoundsLeft(ROUNDS_MAX);
        _propose(marketId, market, outcome, evidenceHash);
    }

    /// @inheritdoc IOddsMarket
    function finalizeResult(uint256 marketId) external {
        Market storage market = _known(marketId);
        if (market.status != Status.Proposed) revert WrongStatus(market.status);
        if (block.timestamp < market.disputableUntil) revert TooEarly(market.disputableUntil);
        market.status = Status.Finalized;
        _announceResult(marketId, market);
    }

    /// @inheritdoc IOddsMarket
    function voidMarket(uint256 marketId) external {
        Market storage market = _known(marketId);
        if (market.status != Status.Open && market.status != Status.Proposed) {
            revert WrongStatus(market.status);
        }
        if (!hasRole(ARBITER_ROLE, msg.sender)) {
            if (market.status == Status.Proposed) revert WrongStatus(market.status);
            if (block.timestamp <= market.resolveBy) revert TooEarly(market.resolveBy + 1);
        }
        market.status = Status.Voided;
        market.outcome = NO_OUTCOME;
        _announceResult(marketId, market);
    }

    /// @inheritdoc IOddsMarket
    function claim(uint256 marketId, address recipient)
        external
        nonReentrant
        returns (uint256 payout)
    {
        Market storage market = _known(marketId);
        if (recipient == address(0) || recipient == address(this)) revert BadRecipient(recipient);
        (uint256[] memory numerators, uint256 denominator) = _payout(market);
        if (denominator == 0) revert WrongStatus(market.status);
        uint256[] memory burned = sharesOf(marketId, msg.sender);
        for (uint256 j = 0; j < burned.length; ++j) {
            payout += burned[j] * numerators[j];
        }
        payout /= denominator;
        if (payout == 0) revert NothingToPay();

        delete _shares[marketId][msg.sender];
        market.backing -= uint128(payout);
        emit WinningsClaimed(marketId, msg.sender, recipient, ++seq, burned, payout);
        IERC20(market.collateral).safeTransfer(recipient, payout);
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

    /// @inheritdoc IOddsMarket
    function stateDigest(uint256 marketId) external view returns (bytes32) {
        return keccak256(abi.encode(marketId, getMarket(marketId)));
    }

    /// @inheritdoc IOddsMarket
    function lpOf(uint256 marketId, address owner)
        external
        view
        returns (uint256 lp, uint256 feesDue)
    {
        Position storage position = _positions[marketId][owner];
        return (position.lp, _feesDue(_known(marketId), position));
    }

    /// @inheritdoc IOddsMarket
    function sharesOf(uint256 marketId, address owner)
        public
        view
        returns (uint256[] memory owned)
    {
        uint128[OUTCOMES_MAX] storage stored = _shares[marketId][owner];
        owned = new uint256[](_known(marketId).outcomeCount);
        for (uint256 j = 0; j < owned.length; ++j) {
            owned[j] = stored[j];
        }
    }

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

    function _check(NewMarket calldata wanted, uint256[] calldata weights) private view {
        uint256 count = wanted.outcomeCount;
        if (count < 2 || count > OUTCOMES_MAX) revert BadOutcomeCount(count);
        if (
            wanted.closesAt <= block.timestamp || wanted.resolveBy <= wanted.closesAt
                || wanted.resolveBy > block.timestamp + HORIZON_MAX
                || wanted.disputeWindow < DISPUTE_WINDOW_MIN
                || wanted.disputeWindow > DISPUTE_WINDOW_MAX
        ) revert BadTimes(wanted.closesAt, wanted.resolveBy, wanted.disputeWindow);
        if (wanted.feeWad >= Maker.ONE) revert BadFee(wanted.feeWad);
        if (weights.length != count) revert BadLength(weights.length, count);
        for (uint256 j = 0; j < count; ++j) {
            if (weights[j] == 0 || weights[j] > Maker.LIMIT) revert BadWeight(j, weights[j]);
        }
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
        _give(marketId, msg.sender, returned);
        emit LiquidityAdded(marketId, msg.sender, ++seq, funding, lp, returned, pools);
        _mint(marketId, market, address(0), LOCKED_LP);
        emit LiquidityAdded(
            marketId, address(0), ++seq, 0, LOCKED_LP, new uint256[](pools.length), pools
        );
    }

    function _propose(
        uint256 marketId,
        Market storage market,
        uint8 outcome,
        bytes32 evidenceHash
    ) private {
        _checkOutcome(market, outcome);
        uint64 until = uint64(block.timestamp) + market.disputeWindow;
        market.outcome = outcome;
        market.disputableUntil = until;
        emit ResultProposed(
            marketId, msg.sender, outcome, ++seq, ++market.round, until, evidenceHash
        );
    }

    function _announceResult(uint256 marketId, Market storage market) private {
        (uint256[] memory numerators, uint256 denominator) = _payout(market);
        emit ResultFinalized(
            marketId,
            market.outcome,
            ++seq,
            market.status == Status.Voided,
            numerators,
            denominator
        );
    }

    function _mint(uint256 marketId, Market storage market, address provider, uint256 lp) private {
        uint256 supply = market.lpSupply + lp;
        if (supply > Maker.LIMIT) revert Maker.BeyondLimit();
        Position storage position = _positions[marketId][provider];
        position.feesDue = uint128(_feesDue(market, position));
        position.feePerLp = market.feePerLp;
        position.lp += uint128(lp);
        market.lpSupply = uint128(supply);
    }

    function _give(uint256 marketId, address owner, uint256[] memory shares) private {
        uint128[OUTCOMES_MAX] storage owned = _shares[marketId][owner];
        for (uint256 j = 0; j < shares.length; ++j) {
            if (shares[j] > 0) owned[j] += uint128(shares[j]);
        }
    }

    function _earn(Market storage market, uint256 fee) private {
        market.fees += uint128(fee);
        market.feePerLp += (fee << FEE_PLACES) / market.lpSupply;
    }

    function _store(Market storage market, uint256[] memory pools) private {
        for (uint256 j = 0; j < pools.length; ++j) {
            market.pools[j] = uint128(pools[j]);
        }
    }

    /// @dev Last in every call. Pricing never looks at balances; here they unmask a token that keeps
    /// some of what it moves.
    function _pull(address collateral, uint256 amount) private {
        IERC20 token = IERC20(collateral);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = Math.saturatingSub(token.balanceOf(address(this)), before);
        if (received != amount) revert CollateralRefused(amount, received);
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

    function _trading(uint256 marketId, uint256 deadline)
        private
        view
        returns (Market storage market)
    {
        market = _known(marketId);
        if (market.status != Status.Open) revert WrongStatus(market.status);
        if (block.timestamp >= market.closesAt) revert TooLate(market.closesAt);
        if (block.timestamp > deadline) revert TooLate(deadline);
    }

    function _known(uint256 marketId) private view returns (Market storage market) {
        market = _markets[marketId];
        if (market.status == Status.None) revert UnknownMarket(marketId);
    }

    function _checkOutcome(Market storage market, uint8 outcome) private view {
        if (outcome >= market.outcomeCount) revert BadOutcome(outcome, market.outcomeCount);
    }

    function _checkEntry(Market storage market, uint256 collateralIn) private view {
        if (collateralIn == 0) revert ZeroAmount();
        uint256 room = Maker.LIMIT - market.backing - market.fees;
        if (collateralIn > room) revert Maker.BeyondLimit();
    }

    function _checkLeast(uint256[] memory shares, uint256[] calldata least) private pure {
        if (least.length != shares.length) revert BadLength(least.length, shares.length);
        for (uint256 j = 0; j < shares.length; ++j) {
            if (shares[j] < least[j]) revert TooFewShares(j, shares[j], least[j]);
        }
    }

    function _pools(Market storage market) private view returns (uint256[] memory pools) {
        pools = new uint256[](market.outcomeCount);
        for (uint256 j = 0; j < pools.length; ++j) {
            pools[j] = market.pools[j];
        }
    }

    function _payout(Market storage market)
        private
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

    function _feesDue(Market storage market, Position storage position)
        private
        view
        returns (uint256)
    {
        uint256 perLp = market.feePerLp - position.feePerLp;
        return position.feesDue + ((position.lp * perLp) >> FEE_PLACES);
    }
}
