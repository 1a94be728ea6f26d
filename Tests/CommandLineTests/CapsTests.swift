import Foundation
import Testing

@Suite struct CapsTests {
    private let file = FileManager.default.temporaryDirectory.path + "/caps-\(UUID()).yaml"

    /// Runs `cephfs-csi caps` with a configuration of one cluster.
    private func caps(_ arguments: String...) throws -> Program {
        try "clusters: [{id: main, monitors: [\"127.0.0.1:1\"], filesystem: fs.one, root: /k8s}]\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try Program(["caps"] + arguments + ["--config", file])
    }

    /// What a shell makes of the printed command: its words.
    private func words(_ text: String) throws -> [String] {
        let shell = Process()
        let output = Pipe()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "ceph() { printf '%s\\n' \"$@\"; }; \(text)"]
        shell.standardOutput = output
        try shell.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        return printed.split(separator: "\n").map(String.init)
    }

    @Test("the command for each user survives a shell, and names the configuration's file system and root")
    func commands() throws {
        let provisioner = try words(caps("provisioner", "--data-pool", "pool.a").output)
        #expect(provisioner.prefix(3) == ["auth", "get-or-create", "client.csi-provisioner"])
        #expect(provisioner.contains("allow rwfps fsname=fs.one path=/k8s"))
        #expect(provisioner.contains("allow rw pool=pool.a namespace=cephfs-csi-*"))
        // What a dot matches in a regular expression is not what it means in a name.
        #expect(provisioner.contains { $0.contains("fsname=fs[.]one path=/k8s/") && $0.contains("pool=pool[.]a ") })
        let adopting = try words(caps("provisioner", "--data-pool", "p", "--adopted-namespace", "fsvolumens_").output)
        #expect(adopting.contains("allow rw pool=p namespace=cephfs-csi-*, allow rw pool=p namespace=fsvolumens_*"))
        let pin = "pool=p namespace=(cephfs-csi-[0-9a-f-]+|fsvolumens_[A-Za-z0-9._-]*)\" caps"
        #expect(adopting.contains { $0.contains(pin) })
        let plain = try words(caps("provisioner", "--data-pool", "pool.a", "--credentials", "shared").output)
        #expect(plain.contains("allow r") && !plain.contains { $0.contains("auth") && $0.contains("command") })
        let node = try words(caps("node", "--id", "shared", "--update").output)
        #expect(node.prefix(3) == ["auth", "caps", "client.shared"])
        #expect(node.contains("allow rw fsname=fs.one path=/k8s/csi"))
        #expect(try words(caps("fencer").output).contains("allow *"))
    }

    /// Caps of a CephClient by daemon: lines of four spaces, a name, and a text between single quotes.
    private func caps(ofClient text: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("    ") }.flatMap { line -> [String] in
            let parts = line.dropFirst(4).split(separator: ":", maxSplits: 1)
            return [String(parts[0]), parts[1].dropFirst(2).dropLast().replacingOccurrences(of: "''", with: "'")]
        }
    }

    @Test("Rook's operator gets the same user as a shell", arguments: ["provisioner", "node", "fencer"])
    func rook(user: String) throws {
        let pools = user == "provisioner" ? ["--data-pool", "pool.a", "--data-pool", "b"] : []
        let file = self.file
        func print(_ more: String...) throws -> String {
            try "clusters: [{id: main, monitors: [\"127.0.0.1:1\"], filesystem: fs.one, root: /k8s}]\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            return try Program(["caps", user] + pools + more + ["--config", file]).output
        }
        let object = try print("--output", "rook")
        #expect(object.hasPrefix("---\napiVersion: ceph.rook.io/v1\nkind: CephClient\n"))
        #expect(object.contains("\n  name: 'csi-\(user)'\n  namespace: 'rook-ceph'\n"))
        #expect(try caps(ofClient: object) == Array(words(print()).dropFirst(3)))
        let other = try print("--output", "rook", "--rook-namespace", "storage", "--id", "other")
        #expect(other.contains("\n  name: 'other'\n  namespace: 'storage'\n"))
    }

    @Test("what would make a user of no use, or too mighty, is refused with the fix")
    func refusals() throws {
        for (arguments, word) in [
            (["provisioner"], "--data-pool is missing"),
            (["provisioner", "--data-pool", "a b"], "--data-pool must be"),
            (["provisioner", "--data-pool", "a", "--id", "csi-volume-admin"], "choose another"),
            (["node", "--id", "client.x"], "--id must be"),
            (["provisioner", "--data-pool", "a", "--adopted-namespace", "cephfs"], "own namespaces"),
            (["provisioner", "--data-pool", "a", "--adopted-namespace", "cephfs-csi-meta"], "own namespaces"),
            (["provisioner", "--data-pool", "a", "--adopted-namespace", "x*"], "--adopted-namespace must be"),
            (["king"], "provisioner"),
            (["node", "--output", "rook", "--id", "Csi_Node"], "an object's name"),
            (["node", "--output", "rook", "--id", "csi-.node"], "an object's name"),
            (["node", "--output", "rook", "--rook-namespace", "a/b"], "a namespace's name"),
            (["node", "--output", "rook", "--update"], "--update requires --output ceph"),
            (["node", "--rook-namespace", "rook-ceph"], "requires --output rook"),
            (["fencer", "--cluster", "other"], "it has main"),
        ] {
            try "clusters: [{id: main, monitors: [\"127.0.0.1:1\"]}]\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let program = try Program(["caps"] + arguments + ["--config", file])
            #expect(program.status == 64)
            #expect(program.errors.contains(word), "\(program.errors)")
            #expect(program.output.isEmpty)
        }
    }
}
