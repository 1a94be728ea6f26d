extension BrokenFile {
    static let users: [BrokenFile] = [
        BrokenFile(entry("    fsid: main\n"), line: 4, key: "clusters[0].fsid", says: "not a UUID", "ceph fsid"),
        BrokenFile(
            entry("    fsid: 5f0c1d6e-8f2b-4c5e-9a71-0d7c3f4b2a1g\n"),
            line: 4,
            key: "clusters[0].fsid",
            says: "not a UUID"
        ),
        BrokenFile(
            entry("    fsid: 5f0c1d6e-8f2b-4c5e-9a710d7c-3f4b2a10\n"),
            line: 4,
            key: "clusters[0].fsid",
            says: "not a UUID"
        ),
        BrokenFile(
            entry("    userPrefix: client.csi\n"),
            line: 4,
            key: "clusters[0].userPrefix",
            says: "leave out \"client.\": csi"
        ),
        BrokenFile(entry("    userPrefix: a b\n"), line: 4, key: "clusters[0].userPrefix", says: "not a safe name"),
        BrokenFile(
            entry("    userPrefix: \(String(repeating: "x", count: 41))\n"),
            line: 4,
            key: "clusters[0].userPrefix",
            says: "longer than 40 bytes"
        ),
        BrokenFile(
            entry("  - {id: other, monitors: [\"x:1\", \"10.0.0.1:6789\"], root: /other}\n"),
            line: 4,
            key: "clusters[1].userPrefix",
            says: "\"main\" too",
            "userPrefix of its own"
        ),
        BrokenFile(
            entry("  - {id: other, monitors: [\"10.0.0.1:6789\"], filesystem: fs2}\n"),
            line: 4,
            key: "clusters[1].userPrefix",
            says: "another root"
        ),
        BrokenFile(
            entry("    user: csi-provisioner\n"),
            line: 4,
            key: "clusters[0].user",
            says: "needs keyFile, too",
            "add keyFile: /etc"
        ),
        BrokenFile(entry("    keyFile: /k\n"), line: 4, key: "clusters[0].keyFile", says: "needs user, too"),
        BrokenFile(
            entry("    user: client.csi\n    keyFile: /k\n"),
            line: 4,
            key: "clusters[0].user",
            says: "leave out \"client.\": csi"
        ),
        BrokenFile(
            entry("    user: a/b\n    keyFile: /k\n"),
            line: 4,
            key: "clusters[0].user",
            says: "not a safe name"
        ),
        BrokenFile(entry("    user: a\n    keyFile: k\n"), line: 5, key: "clusters[0].keyFile", says: "not absolute"),
        BrokenFile(entry("    trashRetention: 7\n"), line: 4, key: "clusters[0].trashRetention", says: "is a number"),
        BrokenFile(entry("    trashRetention: 7w\n"), line: 4, key: "clusters[0].trashRetention", says: "\"12h\""),
        BrokenFile(entry("    trashRetention: -1d\n"), line: 4, key: "clusters[0].trashRetention", says: "time span"),
        BrokenFile(entry("    trashRetention: \"7\"\n"), line: 4, key: "clusters[0].trashRetention", says: "time span"),
        BrokenFile(entry("    trashRetention: d\n"), line: 4, key: "clusters[0].trashRetention", says: "time span"),
        BrokenFile(entry("    trashRetention: 3651d\n"), line: 4, key: "clusters[0].trashRetention", says: "ten years"),
    ]
}
