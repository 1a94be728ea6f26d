import Testing

@testable import Cryptography

@Suite struct WipedTextTests {
    @Test(arguments: ["", "x", "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2A==", "\u{301}\0b"])
    func `the memory is zeros when it is given back`(text: String) {
        var left: [UInt8]?
        do {
            let secret = WipedText(text) { memory in
                left = Array(memory)
                memory.deallocate()
            }
            #expect(secret.withExposed { Array($0.utf8) } == Array(text.utf8))
            #expect(left == nil)
        }
        #expect(left == Array(repeating: 0, count: text.utf8.count))
    }

    @Test func `two are equal by their bytes`() {
        #expect(WipedText("a") == WipedText("a"))
        #expect(Set([WipedText("a"), WipedText("a"), WipedText("b")]).count == 2)
        #expect(WipedText("é") != WipedText("e\u{301}"))
    }
}
