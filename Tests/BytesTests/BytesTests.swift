import Bytes
import Testing

/// A combining mark makes one character of itself and whatever is before it.
private let mark = "\u{338}"

@Suite struct BytesTests {
    @Test(arguments: [
        ("/a/../\(mark)b", ["a", "..", "\(mark)b"]),
        ("/\(mark)a/..", ["\(mark)a", ".."]),
        ("/a/..\(mark)/b", ["a", "..\(mark)", "b"]),
        ("a/\u{200D}b/\u{FE0F}c", ["a", "\u{200D}b", "\u{FE0F}c"]),
        ("/\u{301}/\u{301}", ["\u{301}", "\u{301}"]),
        ("", []), ("/", []), ("//a//", ["a"]), ("é/e\u{301}", ["é", "e\u{301}"]),
    ]) func `a slash is a slash whatever follows it`(path: String, parts: [String]) {
        let found = path.split(byte: "/")
        #expect(found.map { Array($0.utf8) } == parts.map { Array($0.utf8) })
    }

    @Test func `empty parts and a limit count as in the standard library`() {
        #expect("a::b".split(byte: ":", omittingEmptySubsequences: false) == ["a", "", "b"])
        #expect("a b c".split(byte: " ", maxSplits: 1) == ["a", "b c"])
        #expect("a\r\nb".split(byte: "\n") == ["a\r", "b"])
        #expect("\(mark),\(mark)".split(byte: ",").count == 2)
    }

    @Test func `beginnings and ends are bytes`() {
        #expect("/\(mark)a".begins(with: "/"))
        #expect("a/\(mark)".removing(prefix: "a/")?.isSame(as: mark) == true)
        #expect("ab".removing(prefix: "b") == nil)
        #expect(!"e\u{301}".begins(with: "é"))
        #expect("e\u{301}".begins(with: "e"))
        #expect("x\r\n".ends(with: "\n"))
        #expect(!"n".ends(with: "nn"))
        #expect("=\(mark)".firstIndex(ofByte: "=") != nil)
        #expect("a/.snap/\(mark)".contains(bytesOf: "/.snap/"))
        #expect(!"a/.snap".contains(bytesOf: "/.snap/"))
        #expect("a".contains(bytesOf: ""))
    }

    @Test func `names that only look alike are two names`() {
        let pairs = [
            ("é", "e\u{301}"), ("K", "\u{212A}"), (";", "\u{37E}"), ("Å", "\u{212B}"), ("가", "\u{1100}\u{1161}"),
        ]
        for (left, right) in pairs {
            #expect(left == right)
            #expect(!left.isSame(as: right))
            #expect(Set([ByteText(left), ByteText(right)]).count == 2)
            #expect(ByteText(left) < ByteText(right) || ByteText(right) < ByteText(left))
        }
        #expect(Set([ByteText("a"), "a"]).count == 1)
    }
}
