// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// A contract wallet with one owner, for development and tests. As told, it misbehaves when it is asked.
contract TestWallet {
    enum Manner {
        Honest,
        Reverts,
        EatsGas,
        Garbage,
        Short,
        Floods
    }

    address public owner;
    Manner public manner;

    constructor(address owner_) {
        owner = owner_;
    }

    function hand(address owner_) external {
        require(msg.sender == owner, "not the owner");
        owner = owner_;
    }

    function behave(Manner manner_) external {
        manner = manner_;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (manner == Manner.Reverts) revert("no");
        if (manner == Manner.EatsGas) while (true) {}
        if (manner == Manner.Garbage) return 0xdeadbeef;
        if (manner == Manner.Short) {
            assembly {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        if (manner == Manner.Floods) {
            assembly {
                return(0, 1000000)
            }
        }
        if (signature.length != 65) return 0xffffffff;
        (bytes32 r, bytes32 s) = abi.decode(signature[:64], (bytes32, bytes32));
        address signer = ecrecover(digest, uint8(signature[64]), r, s);
        return signer != address(0) && signer == owner ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}

/// Makes such wallets at addresses that are known before.
contract TestWalletFactory {
    function make(address owner, bytes32 salt) external returns (address) {
        return address(new TestWallet{salt: salt}(owner));
    }

    function addressOf(address owner, bytes32 salt) external view returns (address) {
        bytes memory code = abi.encodePacked(type(TestWallet).creationCode, abi.encode(owner));
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, keccak256(code)));
        return address(uint160(uint256(hash)));
    }
}
