extension BrokenFile {
    static let options: [BrokenFile] = [
        BrokenFile(
            entry("    mountOptions: noatime\n"),
            line: 4,
            key: "clusters[0].mountOptions",
            says: "must be a list"
        ),
        BrokenFile(
            entry("    mountOptions: [\"a,b\"]\n"),
            line: 4,
            key: "clusters[0].mountOptions[0]",
            says: "several"
        ),
        BrokenFile(
            entry("    mountOptions: [a, \"\"]\n"),
            line: 4,
            key: "clusters[0].mountOptions[1]",
            says: "printable"
        ),
        BrokenFile(entry("    mountOptions: [\"a b\"]\n"), line: 4, key: "clusters[0].mountOptions[0]", says: "spaces"),
        BrokenFile(
            entry("    mountOptions: [Secret=AQ]\n"),
            line: 4,
            key: "clusters[0].mountOptions[0]",
            says: "credentials"
        ),
        BrokenFile(
            entry("    mountOptions: [name=x]\n"),
            line: 4,
            key: "clusters[0].mountOptions[0]",
            says: "remove it"
        ),
        BrokenFile(
            entry("    kernelMountOptions: [\"a,b\"]\n"),
            line: 4,
            key: "clusters[0].kernelMountOptions[0]",
            says: "several"
        ),
        BrokenFile(
            entry("    fuseMountOptions: [keyring=/k]\n"),
            line: 4,
            key: "clusters[0].fuseMountOptions[0]",
            says: "credentials"
        ),
        BrokenFile(entry("    mountOptions: [5]\n"), line: 4, key: "clusters[0].mountOptions[0]", says: "is a number"),
    ]

    static let topologies: [BrokenFile] = [
        BrokenFile(entry("    topology: zone=a\n"), line: 4, key: "clusters[0].topology", says: "must be a list"),
        BrokenFile(entry("    topology: [a]\n"), line: 4, key: "clusters[0].topology[0]", says: "domain=segment"),
        BrokenFile(
            entry("    topology: [zone=a, \"zone=b,rack=\"]\n"),
            line: 4,
            key: "clusters[0].topology[1]",
            says: "not a topology"
        ),
        BrokenFile(
            entry("    topology: [zone=a, zone=a]\n"),
            line: 4,
            key: "clusters[0].topology[1]",
            says: "listed twice"
        ),
    ]
}
