import Testing

@testable import GRPCServer

@Suite struct StatusMessageTests {
    @Test(arguments: [
        ("", ""), ("no such volume", "no such volume"), ("a\0b\nc\u{7F}d\u{85}e", "a b c d e"), ("ü 100 %", "ü 100 %"),
    ])
    func aMessageLosesItsControlCharactersOnly(_ message: String, _ expected: String) {
        #expect(StatusMessage.wireForm(of: message) == expected)
    }

    @Test(arguments: ["a", "%", "é", "€", "😀", "a%é€😀"])
    func theEncodedFormNeverExceedsItsLimit(_ unit: String) {
        let fitting = 4096 / StatusMessage.encodedLength(of: unit.utf8)
        for count in [0, 1, 2, fitting - 3, fitting - 2, fitting - 1, fitting, fitting + 1, fitting + 2, 10_000] {
            let message = String(repeating: unit, count: count)
            let form = StatusMessage.wireForm(of: message)
            let length = StatusMessage.encodedLength(of: form.utf8)
            #expect(length <= 4096)
            if StatusMessage.encodedLength(of: message.utf8) <= 4096 {
                #expect(form == message)
            } else {
                #expect(form.hasSuffix("…"))
                #expect(message.unicodeScalars.starts(with: form.unicodeScalars.dropLast()))
                // No more is cut than has to be: one more character and the ellipsis would not fit.
                #expect(length > 4096 - 12 - 9)
            }
        }
    }
}
