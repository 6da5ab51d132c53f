// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IOddsMarket} from "./IOddsMarket.sol";
import {Ledger} from "./Ledger.sol";

/// @title How a market gets its result, and pays
/// @notice Open → Proposed → Finalized, or Voided from either of the first two. A proposal can be
/// challenged for a dispute window; each challenge is a proposal of its own, with its own window.
///
/// There are no bonds: whoever decides a dispute is an arbiter anyway, and a bond would only let the
/// rich delay payouts. Delay is bounded instead: without a proposal by `resolveBy` anybody may void,
/// and at most ROUNDS_MAX proposals follow each other. Pausing stops none of this.
abstract contract Results is Ledger, AccessControl, ReentrancyGuardTransient {
    bytes32 public constant RESOLVER_ROLE = keccak256("RESOLVER_ROLE");
    bytes32 public constant ARBITER_ROLE = keccak256("ARBITER_ROLE");

    uint8 public constant ROUNDS_MAX = 4;

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
        _announce(marketId, market);
    }

    /// @inheritdoc IOddsMarket
    function voidMarket(uint256 marketId) external {
        Market storage market = _known(marketId);
        if (market.status == Status.Open) {
            // One second earlier a resolver may still propose.
            bool forsaken = block.timestamp > market.resolveBy;
            if (!forsaken) _checkRole(ARBITER_ROLE);
        } else if (market.status == Status.Proposed) {
            _checkRole(ARBITER_ROLE);
            // What nobody challenged in time stands, finalized or not.
            if (block.timestamp >= market.disputableUntil) revert TooLate(market.disputableUntil);
        } else {
            revert WrongStatus(market.status);
        }
        market.status = Status.Voided;
        market.outcome = NO_OUTCOME;
        _announce(marketId, market);
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
        _push(market.collateral, recipient, payout);
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

    function _announce(uint256 marketId, Market storage market) private {
        (uint256[] memory numerators, uint256 denominator) = _payout(market);
        bool voided = market.status == Status.Voided;
        emit ResultFinalized(marketId, market.outcome, ++seq, voided, numerators, denominator);
    }
}
