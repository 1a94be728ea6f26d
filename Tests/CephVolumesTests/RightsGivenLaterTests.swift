import Ceph
import Cryptography
import Foundation
import JSON
import Testing
import Volumes

@testable import CephVolumes

/// An administrator corrects what the plugin complained about while it runs: no restart is needed.
@Suite("What was refused works once it is put right, without a restart", .usesCluster) struct RightsGivenLaterTests {
    /// A user of the fixture's own, with the provisioner's caps but for what `change` takes away.
    private struct Limited {
        let fixture: Fixture
        let name: String
        let full: [String: String]

        init(_ change: (inout [String: String]) -> Void) throws {
            let dev = try DevCluster()
            let answer = try JSONValue(
                parsing: dev.ceph("auth", "get", "client.\(dev.provisioner)", "--format", "json")
            )
            guard case .object(let caps) = answer.array?.first?["caps"] else { throw Unexpected() }
            full = caps.compactMapValues(\.string)
            var limited = full
            change(&limited)
            name = "rights-\(UUID().uuidString.prefix(8).lowercased())"
            let key = try dev.tool("ceph", ["auth", "get-or-create-key", "client.\(name)"] + Self.words(limited)).output
            fixture = try Fixture(
                credentials: CephCredentials(
                    user: name,
                    key: Secret(key.trimmingCharacters(in: .whitespacesAndNewlines))
                )
            )
        }

        static func words(_ caps: [String: String]) -> [String] {
            caps.sorted { $0.key < $1.key }.flatMap { [$0, $1] }
        }

        /// Gives the rights, and tries until it works.
        func corrected(_ body: () async throws -> Void) async throws {
            let before = await fixture.failure(body)
            guard case .permissionDenied = before else {
                Issue.record("before: \(before.map { "\($0)" } ?? "no error")")
                return
            }
            _ = try fixture.dev.tool("ceph", ["auth", "caps", "client.\(name)"] + Self.words(full))
            var last: VolumeError?
            let works = try await fixture.until(.seconds(15)) {
                last = await fixture.failure(body)
                return last == nil
            }
            #expect(works, "still refused: \(last.map { "\($0)" } ?? "")")
        }

        func end() async throws {
            try await fixture.end()
            _ = try fixture.dev.ceph("auth", "rm", "client.\(name)")
        }
    }

    @Test("an OSD cap: CreateVolume")
    func osd() async throws {
        let limited = try Limited { $0["osd"] = "allow rw pool=cephfs_data namespace=cephfs-csi-meta" }
        let fixture = limited.fixture
        let spec = try fixture.spec("v1")
        try await limited.corrected { try await fixture.provisioner.create(spec, as: fixture.credentials) }
        try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
        try await limited.end()
    }

    @Test("the MDS's flag s: CreateSnapshot")
    func mds() async throws {
        let limited = try Limited { $0["mds"] = $0["mds"]?.replacing("rwfps", with: "rwfp") }
        let fixture = limited.fixture
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await limited.corrected { try await fixture.take("s1", of: "v1") }
        try await fixture.remove("s1")
        try await fixture.provisioner.delete(fixture.id("v1"), as: fixture.credentials)
        try await limited.end()
    }

    @Test("the monitors' caps for users: ControllerPublishVolume")
    func mon() async throws {
        let limited = try Limited { $0["mon"] = "allow r" }
        let fixture = limited.fixture
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let request = AdmissionRequest(volume: volume.id, node: "n1", mode: .volume, readOnly: false)
        try await limited.corrected {
            _ = try await fixture.issuer().admit(request, as: fixture.credentials, fencer: nil)
        }
        try await fixture.issuer().dismiss(volume.id, node: nil, as: fixture.credentials, fencer: nil)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await limited.end()
    }

    @Test("a root that was removed and made again is found by the next attempts, and never INTERNAL")
    func root() async throws {
        let name = "again-\(UUID().uuidString.prefix(8).lowercased())"
        let dev = try DevCluster()
        let top = try Fixture()
        let key = try dev.ceph(
            "auth",
            "get-or-create-key",
            "client.\(name)",
            "mon",
            "allow r",
            "mds",
            "allow rwfps fsname=\(dev.filesystem) path=\(top.cluster.root)/\(name)",
            "osd",
            "allow rw pool=cephfs_data namespace=cephfs-csi-*"
        )
        let user = CephCredentials(user: name, key: Secret(key.trimmingCharacters(in: .whitespacesAndNewlines)))
        try await top.asAdmin { try $0.makeDirectory("/\(name)", mode: 0o755) }
        let fixture = try Fixture(credentials: user) { cluster, _ in cluster.root += "/\(name)" }
        try await fixture.provisioner.create(fixture.spec("v1"), as: user)
        try await top.asAdmin { mount in
            try mount.removeTree("/\(name)")
            try mount.makeDirectory("/\(name)", mode: 0o755)
        }
        var errors: [VolumeError] = []
        let works = try await fixture.until(.seconds(20)) {
            let error = await fixture.failure { try await fixture.provisioner.create(fixture.spec("v2"), as: user) }
            if let error { errors.append(error) }
            return error == nil
        }
        #expect(works, "\(errors)")
        for error in errors {
            if case .unexpected = error { Issue.record("\(error)") }
        }
        await fixture.backend.close()
        try await top.asAdmin { try $0.removeTree("/\(name)") }
        _ = try dev.ceph("auth", "rm", "client.\(name)")
        await top.backend.close()
    }
}
