import Cryptography
import Testing

@Suite struct Base64Tests {
    @Test(arguments: [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob")])
    func `base64 is decoded and written`(text: String, plain: String) {
        #expect(Base64.standard.decode(text) == Array(plain.utf8))
        #expect(Base64.standard.encode(Array(plain.utf8)) == text)
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9v\n", "Zm_v", "Zm-v"])
    func `other texts are no base64`(text: String) {
        #expect(Base64.standard.decode(text) == nil)
    }

    @Test func `base64url is read strictly`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            #expect(Base64.url.decode(Base64.url.encode(bytes)) == bytes)
        }
        for text in ["A", "AAAAA", "AB", "A=", "AA==", "a+b/", "AAA\n"] { #expect(Base64.url.decode(text) == nil) }
    }
}
