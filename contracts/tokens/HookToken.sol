// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title A token that calls somebody in the middle of each transfer, as ERC-777 does
/// @notice The call that was set is made before balances move, or after, and its failure is kept and
/// not passed on: the attacker doesn't want the transfer to fail.
contract HookToken is TestToken {
    address public target;
    bytes public data;
    bool public early;
    uint256 public calls;
    bytes public answer;

    constructor() TestToken("Hook", "HOOK", 18) {}

    function setHook(address target_, bytes calldata data_, bool early_) external {
        (target, data, early, calls) = (target_, data_, early_, 0);
    }

    /// @notice The attacker that holds shares and approvals is the token itself.
    function act(address target_, bytes calldata data_) external {
        (bool done, bytes memory said) = target_.call(data_);
        if (!done) {
            assembly {
                revert(add(said, 32), mload(said))
            }
        }
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (early) _call();
        super._update(from, to, amount);
        if (!early) _call();
    }

    function _call() private {
        if (target == address(0)) return;
        ++calls;
        (, answer) = target.call(data);
    }
}
