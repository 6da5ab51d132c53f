// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title What a reader or caller of Vault needs
/// @notice Amounts are in the token's smallest unit, times in seconds since the epoch. `seq` numbers
/// `Deposited` and `Withdrawn` together 1, 2, 3 … without a hole.
interface IVault {
    /// @notice `amount` tokens came in, for `user` to have.
    event Deposited(address indexed user, uint64 seq, uint256 amount);

    /// @notice `user` got `amount` tokens by the voucher `id`, which is good for nothing now.
    event Withdrawn(uint256 indexed id, address indexed user, uint64 seq, uint256 amount);

    event PauseChanged(bool deposits, bool payouts);
    event DailyLimitChanged(uint256 before, uint256 dailyLimit);
    event SignerProposed(address indexed signer);
    event SignerChanged(address indexed before, address indexed signer);

    error ZeroAmount();
    error BadAddress(address given);
    error DepositsPaused();
    error PayoutsPaused();
    error DeadlinePassed(uint256 deadline);
    error VoucherUsed(uint256 id);
    /// @notice The signer signed no such voucher for this contract on this chain.
    error NotSigned();
    /// @notice Within 24 hours no more than `left` goes out beside what has.
    error LimitReached(uint256 amount, uint256 left);
    /// @notice The token moved another amount than it was asked to.
    error TokenRefused(uint256 asked, uint256 moved);
    error NotProposed(address caller);
    /// @notice Nobody could lift a pause any more.
    error OwnerNeeded();

    /// @notice Give the vault tokens, for the caller to have.
    function deposit(uint256 amount) external;

    /// @notice Give the vault tokens, for somebody else to have.
    function depositFor(address user, uint256 amount) external;

    /// @notice Pay a voucher, once. Whoever sends it, the tokens go to `to`.
    /// @param deadline After this moment the voucher is worth nothing.
    /// @param signature The signer's, of the EIP-712 struct
    /// `Withdrawal(uint256 id,address to,uint256 amount,uint256 deadline)`: r, s and v in 65 bytes,
    /// s in the lower half of the curve's order.
    function withdraw(
        uint256 id,
        address to,
        uint256 amount,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Stop entry, or payouts, or both, or neither. Owner.
    function setPaused(bool deposits, bool payouts) external;

    /// @notice Set how much goes out within any 24 hours, at most. Owner.
    function setDailyLimit(uint256 limit) external;

    /// @notice Name the next signer, who must accept: a mistyped one never signs. Address 0 takes the
    /// proposal back. Owner.
    function proposeSigner(address next) external;

    /// @notice Become the signer. Vouchers of the one before are worth nothing from now on.
    function acceptSigner() external;

    /// @notice What the signer signs for a voucher.
    function digestOf(uint256 id, address to, uint256 amount, uint256 deadline)
        external
        view
        returns (bytes32);

    /// @notice How much may go out now.
    function payoutLeft() external view returns (uint256);
}
