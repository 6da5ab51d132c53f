// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title What a reader or caller of OddsMarket needs
/// @notice Amounts are in the collateral's smallest unit, times in seconds since the epoch, outcomes
/// counted from 0. `seq` numbers the contract's events of this file 1, 2, 3 … without a hole.
interface IOddsMarket {
    enum Status {
        None,
        // Trades until `closesAt`, then waits for a result.
        Open,
        // Somebody said what happened; it may be challenged until `disputableUntil`.
        Proposed,
        // The outcome's shares pay one unit each.
        Finalized,
        // Every share pays 1/n.
        Voided
    }

    /// @notice What a creator decides about a market, for ever.
    struct NewMarket {
        address collateral;
        uint8 outcomeCount;
        // Trading ends here, and a result may be proposed from here on.
        uint64 closesAt;
        // The last moment for a first proposal; afterwards anybody may void.
        uint64 resolveBy;
        // Seconds for which each proposal may be challenged.
        uint32 disputeWindow;
        // The providers' part of each trade, of 10^18.
        uint64 feeWad;
        // Of the text that says what is asked and how it is decided.
        bytes32 questionHash;
    }

    struct MarketState {
        address creator;
        address collateral;
        uint8 outcomeCount;
        uint64 closesAt;
        uint64 resolveBy;
        uint32 disputeWindow;
        uint64 feeWad;
        bytes32 questionHash;
        Status status;
        // How many proposals there were.
        uint8 round;
        // Proposed or final; NO_OUTCOME without one.
        uint8 outcome;
        uint64 disputableUntil;
        // Collateral behind the shares: what claims are paid from.
        uint256 backing;
        // Fees that providers haven't taken yet.
        uint256 fees;
        uint256 lpSupply;
        uint256[] pools;
        // A share of outcome j pays payoutNumerators[j] / payoutDenominator. Empty and 0 before.
        uint256[] payoutNumerators;
        uint256 payoutDenominator;
    }

    event MarketCreated(
        uint256 indexed marketId,
        address indexed creator,
        address indexed collateral,
        uint64 seq,
        uint8 outcomeCount,
        uint64 closesAt,
        uint64 resolveBy,
        uint32 disputeWindow,
        uint64 feeWad,
        bytes32 questionHash
    );

    event SharesBought(
        uint256 indexed marketId,
        address indexed trader,
        uint8 indexed outcome,
        uint64 seq,
        uint256 collateralIn,
        uint256 fee,
        uint256 sharesOut,
        uint256[] poolsAfter
    );

    event SharesSold(
        uint256 indexed marketId,
        address indexed trader,
        uint8 indexed outcome,
        uint64 seq,
        uint256 collateralOut,
        uint256 fee,
        uint256 sharesIn,
        uint256[] poolsAfter
    );

    /// @notice Once per market `provider` is address 0: the LP that is locked for ever.
    event LiquidityAdded(
        uint256 indexed marketId,
        address indexed provider,
        uint64 seq,
        uint256 collateralIn,
        uint256 lpMinted,
        uint256[] sharesReturned,
        uint256[] poolsAfter
    );

    /// @notice `lpBurned` is 0 where a provider took only fees.
    event LiquidityRemoved(
        uint256 indexed marketId,
        address indexed provider,
        uint64 seq,
        uint256 lpBurned,
        uint256 feesPaid,
        uint256[] sharesOut,
        uint256[] poolsAfter
    );

    /// @notice `round` 1 is the resolver's word, each later one an arbiter's challenge.
    event ResultProposed(
        uint256 indexed marketId,
        address indexed proposer,
        uint8 indexed outcome,
        uint64 seq,
        uint8 round,
        uint64 disputableUntil,
        bytes32 evidenceHash
    );

    /// @notice `outcome` is NO_OUTCOME where `voided`.
    event ResultFinalized(
        uint256 indexed marketId,
        uint8 indexed outcome,
        uint64 seq,
        bool voided,
        uint256[] payoutNumerators,
        uint256 payoutDenominator
    );

    event WinningsClaimed(
        uint256 indexed marketId,
        address indexed claimant,
        address indexed recipient,
        uint64 seq,
        uint256[] sharesBurned,
        uint256 payout
    );

    error UnknownMarket(uint256 marketId);
    error BadOutcomeCount(uint256 given);
    error BadCollateral(address given);
    /// @notice Now < closesAt < resolveBy ≤ now + HORIZON_MAX isn't so.
    error BadTimes(uint64 closesAt, uint64 resolveBy);
    error BadWindow(uint32 disputeWindow);
    error BadFee(uint64 feeWad);
    error BadWeight(uint256 outcome, uint256 weight);
    error BadOutcome(uint256 outcome, uint256 outcomeCount);
    error BadLength(uint256 given, uint256 expected);
    error BadRecipient(address recipient);
    error ZeroAmount();
    error FundingTooSmall(uint256 given, uint256 least);
    error WrongStatus(Status status);
    error TooEarly(uint256 from);
    error TooLate(uint256 until);
    error DeadlinePassed(uint256 deadline);
    /// @notice Fewer shares than the caller's least, or none at all.
    error TooFewShares(uint256 outcome, uint256 shares, uint256 least);
    error TooManyShares(uint256 shares, uint256 most);
    /// @notice Less LP than the caller's least, or none at all.
    error TooLittleLp(uint256 lp, uint256 least);
    error InsufficientShares(uint256 owned, uint256 needed);
    error InsufficientLp(uint256 owned, uint256 needed);
    error SameOutcome(uint256 outcome);
    error NoRoundsLeft(uint256 rounds);
    error NothingToPay();
    /// @notice The token moved another amount than it was asked to.
    error CollateralRefused(uint256 asked, uint256 received);

    /// @notice Open a market with liquidity, at prices of the creator's choice. CREATOR_ROLE.
    /// @param weights One per outcome, none of them 0: the pools' proportions. The likelier an outcome,
    /// the smaller its weight: price_j is proportional to 1 / weight_j.
    function createMarket(NewMarket calldata wanted, uint256 funding, uint256[] calldata weights)
        external
        returns (uint256 marketId);

    /// @notice Buy shares of an outcome for exactly `collateralIn`, fee included.
    /// @param minShares Fewer than this is refused.
    /// @param deadline After this moment the trade is refused.
    function buy(
        uint256 marketId,
        uint8 outcome,
        uint256 collateralIn,
        uint256 minShares,
        uint256 deadline
    ) external returns (uint256 shares);

    /// @notice Sell shares of an outcome for exactly `collateralOut`.
    /// @param maxShares More than this is refused.
    /// @param deadline After this moment the trade is refused.
    function sell(
        uint256 marketId,
        uint8 outcome,
        uint256 collateralOut,
        uint256 maxShares,
        uint256 deadline
    ) external returns (uint256 shares);

    /// @notice Give the pool collateral; get LP, and the shares that the pool doesn't take.
    /// @param minLp Less than this is refused.
    /// @param minShares One per outcome: fewer returned is refused. The two together pin the prices.
    function addLiquidity(
        uint256 marketId,
        uint256 collateralIn,
        uint256 minLp,
        uint256[] calldata minShares
    ) external returns (uint256 lp, uint256[] memory returned);

    /// @notice Burn LP for its part of the pool, in shares, and take the fees that are due.
    /// Always possible; with `lp` 0 it takes the fees alone.
    /// @param minShares One per outcome: fewer is refused.
    function removeLiquidity(uint256 marketId, uint256 lp, uint256[] calldata minShares)
        external
        returns (uint256 fees, uint256[] memory out);

    /// @notice Say what happened, once, between `closesAt` and `resolveBy`. RESOLVER_ROLE.
    function proposeResult(uint256 marketId, uint8 outcome, bytes32 evidenceHash) external;

    /// @notice Say that something else happened; a new round begins. ARBITER_ROLE.
    function challengeResult(uint256 marketId, uint8 outcome, bytes32 evidenceHash) external;

    /// @notice Make a result that nobody challenges any more final. Anybody.
    function finalizeResult(uint256 marketId) external;

    /// @notice Every share pays 1/n. ARBITER_ROLE as long as there is no proposal, or within its dispute
    /// window; anybody once `resolveBy` has passed without a proposal.
    function voidMarket(uint256 marketId) external;

    /// @notice Burn all of the caller's shares of a finished market and pay what they are worth.
    function claim(uint256 marketId, address recipient) external returns (uint256 payout);

    /// @notice What `buy` would give now, and the fee in it.
    function calcBuy(uint256 marketId, uint8 outcome, uint256 collateralIn)
        external
        view
        returns (uint256 shares, uint256 fee);

    /// @notice What `sell` would take now, and the fee beside it.
    function calcSell(uint256 marketId, uint8 outcome, uint256 collateralOut)
        external
        view
        returns (uint256 shares, uint256 fee);

    function getMarket(uint256 marketId) external view returns (MarketState memory);

    /// @notice One number per outcome.
    function sharesOf(uint256 marketId, address owner) external view returns (uint256[] memory);

    /// @notice A provider's LP and the fees that it could take now.
    function lpOf(uint256 marketId, address owner)
        external
        view
        returns (uint256 lp, uint256 feesDue);

    /// @notice keccak256(abi.encode(marketId, getMarket(marketId))): equal digests, equal markets.
    function stateDigest(uint256 marketId) external view returns (bytes32);
}
