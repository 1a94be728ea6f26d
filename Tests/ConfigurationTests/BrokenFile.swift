import Testing

/// A configuration file that must be refused, and what the refusal must say.
struct BrokenFile: Sendable, CustomTestStringConvertible {
    let text: String
    /// The line of the first problem; nil for problems of the file as a whole.
    let line: Int?
    /// The key that the first problem names.
    let key: String
    /// Words that the problem or its fix must contain.
    let says: [String]
    /// How many problems are reported in all.
    let count: Int

    init(_ text: String, line: Int?, key: String = "", says: String..., count: Int = 1) {
        self.text = text
        self.line = line
        self.key = key
        self.says = says
        self.count = count
    }

    var testDescription: String { "\(says.first ?? key): \(text.prefix(80).debugDescription)" }

    /// An entry whose first two lines are right, with `lines` behind them; those begin in line 4.
    static func entry(_ lines: String) -> String {
        "clusters:\n  - id: main\n    monitors: [\"10.0.0.1:6789\"]\n" + lines
    }

    /// An entry whose monitors (line 3) are `monitors`.
    static func monitors(_ monitors: String) -> String {
        "clusters:\n  - id: main\n    monitors: \(monitors)\n"
    }

    static let all: [BrokenFile] = syntax + shape + types + names + users + roots + addresses + options + topologies

    static let syntax: [BrokenFile] = [
        BrokenFile("", line: nil, says: "the file is empty"),
        BrokenFile("# nothing here\n", line: nil, says: "the file is empty"),
        BrokenFile("~\n", line: nil, says: "the file is empty"),
        BrokenFile("clusters: [\n", line: 2, says: "not valid YAML"),
        BrokenFile("clusters:\n\t- id: x\n", line: 2, says: "not valid YAML", "indent with spaces"),
        BrokenFile("clusters: \"main\n", line: 2, says: "not valid YAML"),
        BrokenFile("clusters:\n  - id: main\n    monitors: @x\n", line: 3, says: "not valid YAML"),
        BrokenFile(entry("---\nclusters: []\n"), line: 4, says: "second document"),
        BrokenFile(entry("    group: &g csi\n"), line: 4, says: "anchors"),
        BrokenFile("clusters: &a [*a]\n", line: 1, says: "anchors"),
        BrokenFile("clusters: *a\n", line: 1, says: "anchors"),
        BrokenFile(entry("    group: !!str 5\n"), line: 4, says: "tags"),
        BrokenFile(entry("    group: !env GROUP\n"), line: 4, says: "tags"),
        BrokenFile(entry("    group: a\n    root: /v\n    group: b\n"), line: 6, key: "group", says: "in line 4"),
        BrokenFile("clusters: []\nclusters: []\n", line: 2, key: "clusters", says: "already in line 1"),
        BrokenFile("? [a]\n: 1\n", line: 1, says: "key is not a plain text"),
        BrokenFile("a: " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40), line: 1, says: "16"),
        BrokenFile("a: [" + String(repeating: "x,", count: 20_000) + "]", line: 1, says: "20000 values"),
    ]

    static let shape: [BrokenFile] = [
        BrokenFile("- a\n", line: 1, says: "must be a mapping, is a list", "clusters:"),
        BrokenFile("hello\n", line: 1, says: "must be a mapping, is a text"),
        BrokenFile(
            "cluster:\n  - id: main\n",
            line: 1,
            key: "cluster",
            says: "unknown key",
            "did you mean \"clusters\"?"
        ),
        BrokenFile(
            entry("loglevel: debug\n"),
            line: 4,
            key: "loglevel",
            says: "unknown key",
            "known keys are clusters"
        ),
        BrokenFile("{}\n", line: 1, key: "clusters", says: "is missing"),
        BrokenFile("clusters:\n", line: 1, key: "clusters", says: "must be a list, is nothing"),
        BrokenFile("clusters: []\n", line: 1, key: "clusters", says: "must not be empty"),
        BrokenFile("clusters: {id: main}\n", line: 1, key: "clusters", says: "must be a list, is a mapping"),
        BrokenFile("clusters:\n  - main\n", line: 2, key: "clusters[0]", says: "must be a mapping, is a text"),
        BrokenFile(
            "clusters:\n  - monitors: [\"a:1\"]\n",
            line: 2,
            key: "clusters[0].id",
            says: "missing",
            "add id: main"
        ),
        BrokenFile("clusters:\n  - id: main\n", line: 2, key: "clusters[0].monitors", says: "missing", "add monitors:"),
        BrokenFile("clusters:\n  - {}\n", line: 2, key: "clusters[0].id", says: "missing", count: 2),
        BrokenFile(entry("    Root: /v\n"), line: 4, key: "clusters[0].Root", says: "unknown key", "mean \"root\"?"),
        BrokenFile(
            entry("    create_groups: true\n"),
            line: 4,
            key: "clusters[0].create_groups",
            says: "unknown key",
            "mean \"createGroups\"?"
        ),
        BrokenFile(
            entry("    mountOption: []\n"),
            line: 4,
            key: "clusters[0].mountOption",
            says: "mean \"mountOptions\"?"
        ),
        BrokenFile(entry("    <<: {root: /v}\n"), line: 4, key: "clusters[0].<<", says: "unknown key", "id, monitors"),
        BrokenFile(entry("    \"a\\u0000b\": 1\n"), line: 4, key: "clusters[0].\"a\\0b\"", says: "unknown key"),
        BrokenFile(
            entry("  - id: main\n    monitors: [\"b:1\"]\n"),
            line: 4,
            key: "clusters[1].id",
            says: "line 2 too"
        ),
        BrokenFile(
            entry("    x: 1\n    root: v\n    y: 2\n"),
            line: 4,
            key: "clusters[0].x",
            says: "unknown key",
            count: 3
        ),
    ]

    static let types: [BrokenFile] = [
        BrokenFile(
            "clusters:\n  - id: 7\n    monitors: [\"a:1\"]\n",
            line: 2,
            key: "clusters[0].id",
            says: "id: \"7\""
        ),
        BrokenFile(entry("    filesystem: null\n"), line: 4, key: "clusters[0].filesystem", says: "is nothing"),
        BrokenFile(entry("    filesystem:\n"), line: 4, key: "clusters[0].filesystem", says: "is nothing"),
        BrokenFile(
            entry("    group: true\n"),
            line: 4,
            key: "clusters[0].group",
            says: "truth value",
            "group: \"true\""
        ),
        BrokenFile(entry("    group: 1.5e3\n"), line: 4, key: "clusters[0].group", says: "number", "group: \"1.5e3\""),
        BrokenFile(entry("    group: [csi]\n"), line: 4, key: "clusters[0].group", says: "must be a text, is a list"),
        BrokenFile(entry("    root: {a: b}\n"), line: 4, key: "clusters[0].root", says: "must be a text, is a mapping"),
        BrokenFile(
            entry("    createGroups: \"true\"\n"),
            line: 4,
            key: "clusters[0].createGroups",
            says: "true or false"
        ),
        BrokenFile(entry("    createGroups: yes\n"), line: 4, key: "clusters[0].createGroups", says: "is a text"),
        BrokenFile(entry("    createGroups: 1\n"), line: 4, key: "clusters[0].createGroups", says: "is a number"),
        BrokenFile(entry("    mounter: true\n"), line: 4, key: "clusters[0].mounter", says: "must be a text"),
        BrokenFile(entry("    mounter: kernal\n"), line: 4, key: "clusters[0].mounter", says: "did you mean kernel?"),
        BrokenFile(entry("    mounter: nfs\n"), line: 4, key: "clusters[0].mounter", says: "one of kernel, fuse, auto"),
        BrokenFile(
            entry("    cephxKeyType: aes256\n"),
            line: 4,
            key: "clusters[0].cephxKeyType",
            says: "did you mean aes256k?"
        ),
        BrokenFile(
            entry("    cephxKeyType: rsa\n"),
            line: 4,
            key: "clusters[0].cephxKeyType",
            says: "one of auto, aes, aes256k"
        ),
        BrokenFile(entry("    mounter: Kernel\n"), line: 4, key: "clusters[0].mounter", says: "did you mean kernel?"),
    ]

    static let names: [BrokenFile] = [
        BrokenFile(
            "clusters:\n  - id: a/b\n    monitors: [\"a:1\"]\n",
            line: 2,
            key: "clusters[0].id",
            says: "not a safe name"
        ),
        BrokenFile(
            "clusters:\n  - id: a:b\n    monitors: [\"a:1\"]\n",
            line: 2,
            key: "clusters[0].id",
            says: "not a safe name"
        ),
        BrokenFile(
            "clusters:\n  - id: \"\"\n    monitors: [\"a:1\"]\n",
            line: 2,
            key: "clusters[0].id",
            says: "not a safe name"
        ),
        BrokenFile(
            "clusters:\n  - id: ..\n    monitors: [\"a:1\"]\n",
            line: 2,
            key: "clusters[0].id",
            says: "not a safe name"
        ),
        BrokenFile(
            entry("    filesystem: \"ceph fs\"\n"),
            line: 4,
            key: "clusters[0].filesystem",
            says: "not a safe name"
        ),
        BrokenFile(entry("    group: _staging\n"), line: 4, key: "clusters[0].group", says: "beginning with a letter"),
        BrokenFile(
            entry("    group: \"a\\nb\"\n"),
            line: 4,
            key: "clusters[0].group",
            says: "\"a\\nb\" is not a safe name"
        ),
        BrokenFile(entry("    group: grüppe\n"), line: 4, key: "clusters[0].group", says: "not a safe name"),
        BrokenFile(
            entry("    group: \(String(repeating: "g", count: 101))\n"),
            line: 4,
            key: "clusters[0].group",
            says: "100"
        ),
        BrokenFile(
            entry("    group: \(String(repeating: "g", count: 90))\n"),
            line: 2,
            key: "clusters[0].id",
            says: "100 bytes long together",
            "have room for 92"
        ),
    ]

    static let roots: [BrokenFile] = [
        BrokenFile(entry("    root: /\n"), line: 4, key: "clusters[0].root", says: "file system is never used"),
        BrokenFile(entry("    root: ///\n"), line: 4, key: "clusters[0].root", says: "file system is never used"),
        BrokenFile(entry("    root: volumes\n"), line: 4, key: "clusters[0].root", says: "not absolute"),
        BrokenFile(entry("    root: \"\"\n"), line: 4, key: "clusters[0].root", says: "not absolute"),
        BrokenFile(entry("    root: /volumes/..\n"), line: 4, key: "clusters[0].root", says: "\"..\""),
        BrokenFile(entry("    root: /a/../b\n"), line: 4, key: "clusters[0].root", says: "\"..\""),
        BrokenFile(entry("    root: /./b\n"), line: 4, key: "clusters[0].root", says: "\".\""),
        BrokenFile(entry("    root: /volumes/\n"), line: 4, key: "clusters[0].root", says: "none at the end"),
        BrokenFile(entry("    root: //volumes\n"), line: 4, key: "clusters[0].root", says: "empty component"),
        BrokenFile(entry("    root: /my volumes\n"), line: 4, key: "clusters[0].root", says: "not a safe name"),
        BrokenFile(entry("    root: \"/a\\0b\"\n"), line: 4, key: "clusters[0].root", says: "not a safe name"),
        BrokenFile(
            entry("    root: \(String(repeating: "/abc", count: 257))\n"),
            line: 4,
            key: "clusters[0].root",
            says: "longer than 1024 bytes"
        ),
    ]

    static let addresses: [BrokenFile] = [
        BrokenFile(monitors("[]"), line: 3, key: "clusters[0].monitors", says: "must not be empty", "at least one"),
        BrokenFile(monitors("\"a:6789\""), line: 3, key: "clusters[0].monitors", says: "must be a list", "[\"10.0.0.1"),
        BrokenFile(monitors("[v2:10.0.0.1:3300]"), line: 3, key: "clusters[0].monitors", says: "v1:host:6789"),
        BrokenFile(
            monitors("\n      - [v2:10.0.0.1:3300,v1:10.0.0.1:6789]"),
            line: 4,
            key: "clusters[0].monitors[0]",
            says: "must be a text, is a list",
            "in quotes: \"[…]\""
        ),
        BrokenFile(monitors("[6789]"), line: 3, key: "clusters[0].monitors[0]", says: "is a number", "in quotes"),
        BrokenFile(
            monitors("\n      - a:1\n      - b:1\n      - a:1\n"),
            line: 6,
            key: "clusters[0].monitors",
            says: "a:1 is listed twice"
        ),
        BrokenFile(
            monitors("\n      - a:1\n      - b\n"),
            line: 5,
            key: "clusters[0].monitors",
            says: "\"b\" is not a monitor"
        ),
    ]
}
