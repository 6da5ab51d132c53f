// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Asks whether a contract wallet stands by a signature (ERC-1271), also one that is not deployed yet
/// (ERC-6492). It is never deployed itself: an `eth_call` without a receiver runs the constructor, which
/// answers with one word, 1 or 0, in place of code. Whatever the wallet or its factory does, refuse, run
/// out of gas, answer with megabytes, is a 0; and as in every `eth_call` nothing of it stays.
contract SignatureCheck {
    /// The last 32 bytes of a signature that says how its wallet would be deployed.
    bytes32 private constant UNDEPLOYED =
        0x6492649264926492649264926492649264926492649264926492649264926492;
    bytes4 private constant VALID = 0x1626ba7e;

    constructor(address wallet, bytes32 digest, bytes memory signature) {
        uint256 answer = _stands(wallet, digest, signature) ? 1 : 0;
        assembly ("memory-safe") {
            mstore(0, answer)
            return(0, 32)
        }
    }

    function _stands(address wallet, bytes32 digest, bytes memory signature) private returns (bool) {
        if (!_saysHow(signature)) return _isValid(wallet, digest, signature);
        assembly ("memory-safe") {
            mstore(signature, sub(mload(signature), 32))
        }
        (address factory, bytes memory deployment, bytes memory inner) =
            abi.decode(signature, (address, bytes, bytes));
        // Deployed meanwhile: the wallet itself decides; else, and if it needs to be brought up to date
        // first, its factory is called.
        if (_isValid(wallet, digest, inner)) return true;
        bool made;
        assembly ("memory-safe") {
            made := call(gas(), factory, 0, add(deployment, 32), mload(deployment), 0, 0)
        }
        return made && _isValid(wallet, digest, inner);
    }

    function _isValid(address wallet, bytes32 digest, bytes memory signature) private view returns (bool) {
        if (wallet.code.length == 0) return false;
        bytes memory question = abi.encodeWithSelector(VALID, digest, signature);
        bool answered;
        uint256 size;
        bytes32 answer;
        assembly ("memory-safe") {
            // No more of the answer is copied than the word that counts.
            answered := staticcall(gas(), wallet, add(question, 32), mload(question), 0, 32)
            size := returndatasize()
            answer := mload(0)
        }
        return answered && size >= 32 && answer == bytes32(VALID);
    }

    function _saysHow(bytes memory signature) private pure returns (bool) {
        if (signature.length < 32) return false;
        bytes32 end;
        assembly ("memory-safe") {
            end := mload(add(signature, mload(signature)))
        }
        return end == UNDEPLOYED;
    }
}
