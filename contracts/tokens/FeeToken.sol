// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title A token that burns some hundredths of each transfer, as soon as somebody says so
contract FeeToken is TestToken {
    uint256 public percent;

    constructor() TestToken("Fee", "FEE", 18) {}

    function setPercent(uint256 percent_) external {
        percent = percent_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, amount);
        uint256 fee = (amount * percent) / 100;
        super._update(from, to, amount - fee);
        super._update(from, address(0), fee);
    }
}
