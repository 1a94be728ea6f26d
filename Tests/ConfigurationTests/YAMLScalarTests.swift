import Testing

@testable import Configuration

@Suite struct YAMLScalarTests {
    @Test(
        "A plain number is a number",
        arguments: ["0", "-1", "+12", "1.5", ".5", "1.", "1e3", "-1.5E-3", "0x1F", "0o17", ".inf", "-.Inf", ".NaN"]
    )
    func numbers(_ text: String) { #expect(YAMLScalar.resolve(plain: text) == .number(text)) }

    @Test(
        "What only resembles a number, a truth value or nothing is a text",
        arguments: [
            "1.2.3.4", "10.0.0.1:6789", "1:30", ".", "-", "+", "e3", "1e", "0x", "0xg", "0o8", "yes", "off", "tRUE",
            "nul", "1_000", "- 1",
        ]
    )
    func texts(_ text: String) { #expect(YAMLScalar.resolve(plain: text) == .string(text)) }

    @Test("Truth values and nothing have three spellings each")
    func words() {
        for text in ["true", "True", "TRUE"] { #expect(YAMLScalar.resolve(plain: text) == .boolean(true)) }
        for text in ["false", "False", "FALSE"] { #expect(YAMLScalar.resolve(plain: text) == .boolean(false)) }
        for text in ["", "~", "null", "Null", "NULL"] { #expect(YAMLScalar.resolve(plain: text) == .null) }
    }
}
