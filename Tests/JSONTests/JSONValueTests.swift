import JSON
import Testing

@Suite("JSON") struct JSONValueTests {
    @Test(
        "what was written reads the same",
        arguments: [
            .null, .bool(true), .integer(.min), .integer(.max), .number(1.5), .string("a\"b\\c\n\u{1}é😀"),
            .array([.integer(1), .array([]), .object([:])]), .object(["k": .string(""), "": .null]),
        ] as [JSONValue]
    )
    func roundTrip(_ value: JSONValue) throws {
        #expect(try JSONValue(parsing: value.text) == value)
    }

    @Test("keys are sorted, so equal values have equal texts")
    func sorted() {
        #expect(JSONValue.object(["b": .integer(2), "a": .integer(1)]).text == #"{"a":1,"b":2}"#)
    }

    @Test("space, escapes and surrogate pairs are read")
    func reading() throws {
        let value = try JSONValue(parsing: " { \"a\" : [ 1 , -2e1 , \"\\u00e9\\ud83d\\ude00\\/\" ] } \n")
        #expect(value == .object(["a": .array([.integer(1), .number(-20), .string("é😀/")])]))
    }

    @Test(
        "broken text is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\"}", "{\"a\":}", "\"abc", "\"\\x\"", "tru", "1 2", "+1", "-", "\"\u{1}\"", "nan",
            String(repeating: "[", count: 100),
        ]
    )
    func broken(_ text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }
}
