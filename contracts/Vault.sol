// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IVault} from "./IVault.sol";

/// @title The users' tokens, all of one kind, in one place
/// @notice Tokens come in by deposits and go out by vouchers, and by nothing else: nobody, the owner
/// neither, moves them without a voucher of the signer, a `Withdrawn` that says so, and the daily
/// limit. The owner pauses, sets the limit and names the signer; the signer signs vouchers and can do
/// nothing else. Tokens that are sent here without a deposit are the house's: they cover what it owes.
/// @dev Every call checks, then changes what is kept, then emits, then moves tokens.
contract Vault is IVault, Ownable2Step, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    bytes32 private constant WITHDRAWAL =
        keccak256("Withdrawal(uint256 id,address to,uint256 amount,uint256 deadline)");
    /// @dev 24 hours, wherever in an hour they begin, lie within so many hours of the clock.
    uint256 private constant HOURS = 25;

    IERC20 public immutable token;

    address public signer;
    /// @notice Counts the events of deposits and withdrawals.
    uint64 public seq;
    bool public depositsPaused;
    bool public payoutsPaused;
    address public pendingSigner;
    /// @dev The hour of the newest payout, counted since the epoch.
    uint64 private _hour;
    uint256 public dailyLimit;
    /// @dev Paid in that hour and the 24 before it.
    uint256 private _paid;
    mapping(uint256 hour => uint256) private _paidIn;
    /// @notice Which vouchers were paid.
    mapping(uint256 id => bool) public used;

    constructor(IERC20 token_, address owner_, address signer_, uint256 limit)
        Ownable(owner_)
        EIP712("kmarket vault", "1")
    {
        if (address(token_).code.length == 0) revert BadAddress(address(token_));
        if (signer_ == address(0)) revert BadAddress(signer_);
        token = token_;
        signer = signer_;
        dailyLimit = limit;
        emit SignerChanged(address(0), signer_);
        emit DailyLimitChanged(0, limit);
    }

    /// @inheritdoc IVault
    function deposit(uint256 amount) external {
        depositFor(msg.sender, amount);
    }

    /// @inheritdoc IVault
    function depositFor(address user, uint256 amount) public nonReentrant {
        if (depositsPaused) revert DepositsPaused();
        if (user == address(0) || user == address(this)) revert BadAddress(user);
        if (amount == 0) revert ZeroAmount();

        emit Deposited(user, ++seq, amount);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 moved = Math.saturatingSub(token.balanceOf(address(this)), before);
        // A token that keeps some of what it moves: the user would have more here than there is.
        if (moved != amount) revert TokenRefused(amount, moved);
    }

    /// @inheritdoc IVault
    function withdraw(
        uint256 id,
        address to,
        uint256 amount,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        if (payoutsPaused) revert PayoutsPaused();
        if (block.timestamp > deadline) revert DeadlinePassed(deadline);
        if (used[id]) revert VoucherUsed(id);
        if (to == address(0) || to == address(this)) revert BadAddress(to);
        if (amount == 0) revert ZeroAmount();
        // The library refuses the other s of a signature, so that each voucher has one.
        (address by,,) = ECDSA.tryRecover(digestOf(id, to, amount, deadline), signature);
        if (by != signer) revert NotSigned();

        used[id] = true;
        _count(amount);
        emit Withdrawn(id, to, ++seq, amount);
        uint256 before = token.balanceOf(address(this));
        token.safeTransfer(to, amount);
        uint256 moved = Math.saturatingSub(before, token.balanceOf(address(this)));
        // A token that takes a fee on top would take it from the others.
        if (moved != amount) revert TokenRefused(amount, moved);
    }

    /// @inheritdoc IVault
    function setPaused(bool deposits, bool payouts) external onlyOwner {
        (depositsPaused, payoutsPaused) = (deposits, payouts);
        emit PauseChanged(deposits, payouts);
    }

    /// @inheritdoc IVault
    function setDailyLimit(uint256 limit) external onlyOwner {
        emit DailyLimitChanged(dailyLimit, limit);
        dailyLimit = limit;
    }

    /// @inheritdoc IVault
    function proposeSigner(address next) external onlyOwner {
        pendingSigner = next;
        emit SignerProposed(next);
    }

    /// @inheritdoc IVault
    function acceptSigner() external {
        if (msg.sender != pendingSigner) revert NotProposed(msg.sender);
        emit SignerChanged(signer, msg.sender);
        signer = msg.sender;
        pendingSigner = address(0);
    }

    function renounceOwnership() public pure override {
        revert OwnerNeeded();
    }

    /// @inheritdoc IVault
    function digestOf(uint256 id, address to, uint256 amount, uint256 deadline)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(WITHDRAWAL, id, to, amount, deadline)));
    }

    /// @inheritdoc IVault
    function payoutLeft() external view returns (uint256) {
        return Math.saturatingSub(dailyLimit, _paidUntil(block.timestamp / 1 hours));
    }

    /// @dev Keeps what went out within any 24 hours at or below the limit: it counts whole hours, so
    /// that at the edges it counts a little more.
    function _count(uint256 amount) private {
        uint256 hour = block.timestamp / 1 hours;
        uint256 paid = _paidUntil(hour);
        uint256 left = Math.saturatingSub(dailyLimit, paid);
        if (amount > left) revert LimitReached(amount, left);
        (_hour, _paid) = (uint64(hour), paid + amount);
        _paidIn[hour] += amount;
    }

    /// @dev What was paid in an hour and the 24 before it. At most 24 steps, whenever the last was.
    function _paidUntil(uint256 hour) private view returns (uint256 paid) {
        if (hour >= _hour + HOURS) return 0;
        paid = _paid;
        for (uint256 past = _hour + 1; past <= hour; ++past) {
            paid -= _paidIn[past - HOURS];
        }
    }
}
