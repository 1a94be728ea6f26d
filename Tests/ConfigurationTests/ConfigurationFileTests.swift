import Testing
import Volumes

@testable import Configuration

@Suite struct ConfigurationFileTests {
    @Test("A broken file is refused with its line, the key and the fix", arguments: BrokenFile.all)
    func refusesBrokenFile(_ file: BrokenFile) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try ConfigurationFile.parse(Array(file.text.utf8), file: "/etc/cephfs-csi.yaml")
        }
        let first = try #require(error.problems.first)
        #expect(first.mark?.line == file.line, "\(error)")
        #expect(first.key == file.key, "\(error)")
        for words in file.says {
            #expect("\(first.problem); \(first.fix)".contains(words), "\(error)")
        }
        #expect(error.problems.count == file.count, "\(error)")
        #expect(!first.fix.isEmpty)
    }

    @Test("There are at least 40 broken files, no two the same")
    func tableIsLarge() {
        #expect(Set(BrokenFile.all.map(\.text)).count == BrokenFile.all.count)
        #expect(BrokenFile.all.count >= 40)
    }

    @Test("An error's text begins with file and line, and shows no control character")
    func errorText() throws {
        let text = BrokenFile.entry("    group: \"a\\e[31m\"\n    \"k\\nk\": 1\n")
        let error = try #require(throws: ConfigurationError.self) {
            try ConfigurationFile.parse(Array(text.utf8), file: "/etc/x.yaml")
        }
        let lines = error.description.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("/etc/x.yaml:4: clusters[0].group: \"a\\u{1B}[31m\" is not a safe name; use "))
        #expect(lines[1].hasPrefix("/etc/x.yaml:5: clusters[0].\"k\\nk\": unknown key; "))
    }

    @Test("A byte that is not UTF-8 is refused with its line")
    func refusesInvalidUTF8() throws {
        let bytes = Array("clusters:\n  - id: a".utf8) + [0xff, 0xfe, 0x0a]
        let error = try #require(throws: ConfigurationError.self) { try ConfigurationFile.parse(bytes, file: "x") }
        #expect(error.problems.first?.mark?.line == 2)
    }

    @Test("A minimal entry gets the defaults")
    func defaults() throws {
        let clusters = try parse("clusters: [{id: main, monitors: [\"10.0.0.1:6789\"]}]\n")
        #expect(clusters == [Cluster(id: "main", monitors: ["10.0.0.1:6789"])])
        #expect(clusters.first?.root == "/volumes")
        #expect(clusters.first?.group == "csi")
        #expect(clusters.first?.mounter == .auto)
    }

    @Test("Every key is taken over, several clusters keep their order")
    func everyKey() throws {
        let clusters = try parse(
            """
            # Comments are welcome.
            clusters:
              - id: b
                monitors:
                  - "[v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0]"
                  - '[fd00::1]:6789'
                  - mon.example.com:3300
                fsid: 5F0C1D6E-8f2b-4c5e-9a71-0d7c3f4b2a10
                filesystem: fs2
                root: /kube/volumes
                group: "42"
                createGroups: false
                userPrefix: kube-2.volume
                cephxKeyType: aes256k
                mounter: kernel
                kernelMountOptions: [rbytes]
                fuseMountOptions: [client_oc_size=4194304]
                mountOptions: [noatime, ms_mode=crc, 'context="system_u:object_r:container_file_t:s0:c1,c2"']
              - {id: a, monitors: [h:1], mounter: fuse}
            """
        )
        let first = Cluster(
            id: "b",
            monitors: ["[v2:10.0.0.1:3300,v1:10.0.0.1:6789]", "[fd00::1]:6789", "mon.example.com:3300"],
            filesystem: "fs2",
            root: "/kube/volumes",
            group: "42",
            createsGroups: false,
            mounter: .kernel,
            mountOptions: ["noatime", "ms_mode=crc", "context=\"system_u:object_r:container_file_t:s0:c1,c2\""],
            kernelMountOptions: ["rbytes"],
            fuseMountOptions: ["client_oc_size=4194304"],
            fsid: "5f0c1d6e-8f2b-4c5e-9a71-0d7c3f4b2a10",
            userPrefix: "kube-2.volume",
            cephxKeyType: .aes256k
        )
        #expect(clusters == [first, Cluster(id: "a", monitors: ["h:1"], mounter: .fuse)])
    }

    @Test("Two roots of one cluster are accepted with two prefixes, two groups of one root with the same")
    func sharedMonitors() throws {
        let two = "clusters: [{id: a, monitors: [\"h:1\"]}, {id: b, monitors: [\"h:1\"], "
        #expect(try parse(two + "root: /b, userPrefix: b}]").count == 2)
        #expect(try parse(two + "group: g}]").count == 2)
        #expect(
            try parse("clusters: [{id: a, monitors: [\"h:1\"]}, {id: b, monitors: [\"i:1\"], root: /b}]").count == 2
        )
    }

    @Test("The trash is kept for seconds, minutes, hours or days")
    func timeSpans() throws {
        let spans = ["0": 0, "0d": 0, "90s": 90, "30m": 1800, "12h": 43_200, "7d": 604_800, "3650d": 315_360_000]
        for (text, seconds) in spans {
            let clusters = try parse("clusters: [{id: a, monitors: [\"h:1\"], trashRetention: \"\(text)\"}]")
            #expect(clusters.first?.trashRetention == .seconds(seconds))
        }
    }

    @Test("A user for calls without secrets comes with the file of its key")
    func standingUser() throws {
        let clusters = try parse("clusters: [{id: a, monitors: [\"h:1\"], user: csi-provisioner, keyFile: /k}]")
        #expect(clusters.first?.user == "csi-provisioner" && clusters.first?.keyFile == "/k")
    }

    @Test("A cluster says where it can be reached from")
    func topologies() throws {
        let text = "clusters: [{id: a, monitors: [\"h:1\"], topology: [zone=a, \"zone=b,rack=1\"]}]"
        let places = try #require(parse(text).first).topologies
        #expect(places.map(\.segments) == [["zone": "a"], ["zone": "b", "rack": "1"]])
    }

    @Test("A byte order mark and Windows line ends do no harm")
    func windowsFile() throws {
        let clusters = try parse("\u{FEFF}clusters:\r\n  - id: a\r\n    monitors: [\"h:1\"]\r\n")
        #expect(clusters == [Cluster(id: "a", monitors: ["h:1"])])
    }

    @Test("A file that is missing, a directory or too large is refused by name")
    func unreadable() throws {
        for path in ["/proc/none/x.yaml", "/etc", "/dev/zero"] {
            let error = try #require(throws: ConfigurationError.self) { try ConfigurationFile.load(path) }
            #expect(error.description.hasPrefix("\(path): can't be read: "))
            #expect(error.description.contains("--config"))
        }
        let file = try ScratchFile(String(repeating: "#", count: (1 << 20) + 1))
        let error = try #require(throws: ConfigurationError.self) { try ConfigurationFile.load(file.path) }
        #expect(error.description.contains("larger than 1048576 bytes"))
    }

    private func parse(_ text: String) throws -> [Cluster] {
        try ConfigurationFile.parse(Array(text.utf8), file: "test.yaml")
    }
}
