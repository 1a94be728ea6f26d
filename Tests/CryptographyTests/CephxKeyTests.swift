import Cryptography
import Testing

@Suite struct CephxKeyTests {
    // Secrets of "not the real key" and its like; Ceph 16.2.15 and 20.2.4 print keys of these forms.
    private static let aes = "AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ=="
    private static let aes256k = "AgBfX19fX19fXyAAbm90IHRoZSByZWFsIGtleSwgYW5kIHR3aWNlIGFzIGw="

    @Test func `a key as Ceph prints it is of the kind that it says`() {
        #expect(CephxKey.kind(of: Self.aes) == .aes)
        #expect(CephxKey.kind(of: Self.aes256k) == .aes256k)
        #expect(CephxKey.kind(of: "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2A==") == .aes)
    }

    @Test func `the kernel gets the bytes that it stands for`() {
        #expect(CephxKey.bytes(of: Self.aes)?.count == 12 + 16)
        let secret = CephxKey.bytes(of: Self.aes256k)?.suffix(32)
        #expect(secret.map(Array.init) == Array("not the real key, and twice as l".utf8))
        #expect(CephxKey.bytes(of: "secret") == nil)
    }

    @Test(arguments: [
        "", "=", "====", "garbage", "secret", "not base64 at all",
        // Without its padding, with some of it, cut short, longer than it says, with a line's end, two in a row.
        "AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ", "AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ=",
        "AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtl", "AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleXg=",
        "AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ==\n", "AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ==AQBf",
        "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2!==", "AQD9fQNrJFmYIhAA",
        // Types that Ceph does not have (CEPH_CRYPTO_NONE is one that nobody authenticates with).
        "AABfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ==", "AwBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ==",
        // A secret of the other kind's length.
        "AgBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ==",
    ]) func `anything else is no key`(text: String) {
        #expect(CephxKey.kind(of: text) == nil)
    }
}
