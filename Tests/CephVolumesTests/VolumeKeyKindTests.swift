import Ceph
import Cryptography
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("Which kind of key volume users get") struct VolumeKeyKindTests {
    @Test(
        "AES wherever the cluster accepts it, unless the configuration wants AES-256",
        arguments: [
            (.auto, nil, .aes), (.auto, [.aes], .aes), (.auto, [.aes, .aes256k], .aes), (.auto, [.aes256k], .aes256k),
            (.aes, nil, .aes), (.aes, [.aes, .aes256k], .aes),
            (.aes256k, [.aes, .aes256k], .aes256k), (.aes256k, [.aes256k], .aes256k),
        ] as [(Cluster.CephxKeyType, Set<CephxKey.Kind>?, CephxKey.Kind)]
    )
    func chosen(_ type: Cluster.CephxKeyType, _ accepted: Set<CephxKey.Kind>?, _ kind: CephxKey.Kind) throws {
        #expect(try VolumeKeyKind.choose(type, accepted: accepted, cluster: "c") == kind)
    }

    @Test(
        "a kind that the cluster does not accept is refused, with what it accepts",
        arguments: [
            (.aes256k, nil, "older than Ceph 20"), (.aes256k, [.aes], "accepts only aes keys"),
            (.aes, [.aes256k], "accepts only aes256k keys"), (.auto, [], "does not know"),
        ] as [(Cluster.CephxKeyType, Set<CephxKey.Kind>?, String)]
    )
    func refused(_ type: Cluster.CephxKeyType, _ accepted: Set<CephxKey.Kind>?, _ words: String) {
        let error = #expect(throws: VolumeError.self) {
            try VolumeKeyKind.choose(type, accepted: accepted, cluster: "c")
        }
        guard case .preconditionFailed(let text) = error else { return #expect(Bool(false), "\(error as Any)") }
        #expect(text.contains(words) && text.contains("cephxKeyType: \(type.rawValue)") && text.contains("cluster c"))
    }
}

/// What the dev cluster is, by what it was made as.
private enum KeysOfDevCluster {
    static let accepted: Set<CephxKey.Kind>? = {
        let environment = ProcessInfo.processInfo.environment
        guard environment["DEV_CLUSTER_CEPH"] == "20" else { return nil }
        return environment["DEV_CLUSTER_KEYS"] == "aes256k" ? [.aes256k] : [.aes, .aes256k]
    }()
    static let acceptsBoth = accepted?.count == 2
}

@Suite("Kinds of keys on a cluster", .usesCluster) struct KeyKindTests {
    private func kind(_ user: CephCredentials) -> CephxKey.Kind? { user.key.withExposed(CephxKey.kind) }

    private func fixture(_ type: Cluster.CephxKeyType, like other: Fixture? = nil) throws -> Fixture {
        try Fixture(group: other?.cluster.group ?? "t-\(UUID().uuidString.prefix(8).lowercased())") { cluster, _ in
            cluster.cephxKeyType = type
        }
    }

    @Test(
        "a node gets a key of the kind that is configured, or the reason why not",
        arguments: Cluster.CephxKeyType.allCases
    )
    func kinds(_ type: Cluster.CephxKeyType) async throws {
        let fixture = try fixture(type)
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let accepted = KeysOfDevCluster.accepted ?? [.aes]
        let expected: CephxKey.Kind? =
            switch type {
            case .auto: accepted.contains(.aes) ? .aes : .aes256k
            case .aes: accepted.contains(.aes) ? .aes : nil
            case .aes256k: accepted.contains(.aes256k) ? .aes256k : nil
            }
        if let expected {
            let user = try await fixture.admit(volume, "a")
            #expect(kind(user) == expected)
            try await fixture.mounted(user, volume.dataPath) { try $0.createFile("/f", mode: 0o600).write("x") }
            // The same user and key at every node, and no generation more.
            #expect(try await fixture.admit(volume, "a") == user)
            #expect(try await fixture.admit(volume, "b") == user)
            try await fixture.dismiss(volume, nil)
        } else {
            let error = await #expect(throws: VolumeError.self) { try await fixture.admit(volume, "a") }
            guard case .preconditionFailed(let text) = error else { throw Unexpected() }
            #expect(text.contains("cephxKeyType: \(type.rawValue)"))
            try await fixture.dismiss(volume, nil)
            #expect(try fixture.users().isEmpty)
        }
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try fixture.users().isEmpty)
        try await fixture.end()
    }

    @Test(
        "a user with a key of another kind is replaced, and goes with the last node that has it",
        .enabled(if: KeysOfDevCluster.acceptsBoth, "the cluster accepts one kind of key only")
    )
    func replaced() async throws {
        let old = try fixture(.aes)
        let new = try fixture(.aes256k, like: old)
        let volume = try await old.provisioner.create(old.spec("v1"), as: old.credentials)
        let (first, second) = (try await old.admit(volume, "a"), try await old.admit(volume, "b"))
        #expect(first == second && kind(first) == .aes)
        let third = try await new.admit(volume, "c")
        #expect(third.user == first.user + "-g1" && kind(third) == .aes256k)
        let renewed = try await new.admit(volume, "a")
        #expect(renewed == third)
        try await new.mounted(renewed, volume.dataPath) { _ = try $0.entries("/") }
        try await new.dismiss(volume, "a")
        #expect(try old.users() == [first.user, third.user], "node b has the old one")
        try await new.dismiss(volume, "b")
        #expect(try old.users() == [third.user], "first \(first.user), third \(third.user)")
        // And back, by whoever has the old configuration.
        let fourth = try await old.admit(volume, "d")
        #expect(fourth.user == first.user + "-g2" && kind(fourth) == .aes)
        try await new.dismiss(volume, nil)
        try await old.provisioner.delete(volume.id, as: old.credentials)
        #expect(try old.users().isEmpty)
        await new.backend.close()
        try await old.end()
    }

    @Test(
        "a node's own user is replaced too",
        .enabled(if: KeysOfDevCluster.acceptsBoth, "the cluster accepts one kind of key only")
    )
    func replacedOfNode() async throws {
        let old = try fixture(.aes)
        let new = try fixture(.aes256k, like: old)
        let volume = try await old.provisioner.create(old.spec("v1"), as: old.credentials)
        let first = try await old.admit(volume, "a", .node)
        let second = try await new.admit(volume, "a", .node)
        #expect(kind(first) == .aes && kind(second) == .aes256k && first.user != second.user)
        #expect(try old.users() == [first.user, second.user], "the node may have the old one mounted")
        try await new.dismiss(volume, "a")
        #expect(try old.users().isEmpty)
        try await old.provisioner.delete(volume.id, as: old.credentials)
        await new.backend.close()
        try await old.end()
    }

    @Test("a refused key of a kind that the cluster does not accept is told as that where another user can ask")
    func refusedKind() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let wrong = CephCredentials(
            user: fixture.credentials.user,
            key: Secret("AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ==")
        )
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.volume(volume.id, as: wrong)
        }
        guard case .unauthenticated(let text) = error else { throw Unexpected() }
        let isKindAccepted = (KeysOfDevCluster.accepted ?? [.aes]).contains(.aes)
        #expect(text.contains("accepts only aes256k keys") == !isKindAccepted, "\(text)")
        #expect(text.contains(KeyRefusal.unknown) == isKindAccepted, "\(text)")
        #expect(!text.contains("or the cluster takes"), "\(text)")
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.end()
    }
}
