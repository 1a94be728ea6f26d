import Testing

@testable import Cryptography

@Suite struct SealedBoxTests {
    private let pair = SealedBox.KeyPair()
    private let plain = Array("a secret".utf8)

    @Test func `what is sealed for a key only that key opens`() throws {
        let sealed = try #require(SealedBox.seal(plain, for: pair.publicKey))
        #expect(pair.open(sealed) == plain)
        #expect(SealedBox.KeyPair().open(sealed) == nil)
    }

    @Test func `the same text is never sealed the same way twice`() {
        #expect(SealedBox.seal(plain, for: pair.publicKey) != SealedBox.seal(plain, for: pair.publicKey))
    }

    @Test func `a changed, cut or lengthened box does not open`() throws {
        let sealed = try #require(SealedBox.seal(plain, for: pair.publicKey))
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(pair.open(changed) == nil)
            #expect(pair.open(Array(sealed[..<index])) == nil)
        }
        #expect(pair.open(sealed + [0]) == nil)
    }

    @Test func `a pair is found again from its private key`() throws {
        let again = try #require(pair.withPrivateKey { SealedBox.KeyPair(privateKey: $0) })
        #expect(again.publicKey == pair.publicKey)
        let sealed = try #require(SealedBox.seal(plain, for: pair.publicKey))
        #expect(again.open(sealed) == plain)
        #expect(SealedBox.KeyPair(privateKey: [1, 2, 3]) == nil)
        #expect(SealedBox.seal(plain, for: [1, 2, 3]) == nil)
    }

    @Test func `printing a pair shows no private key`() {
        let shown = "\(pair) \(String(reflecting: pair)) \(dumped(pair))"
        pair.withPrivateKey { key in #expect(!shown.contains("\(key)")) }
    }

    private func dumped(_ value: some Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }
}
