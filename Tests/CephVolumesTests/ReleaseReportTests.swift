import Ceph
import CephCommon
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("What is logged about releases") struct ReleaseReportTests {
    private static let old = ClientLibrary(release: CephRelease(18, 2, 7), keyKinds: [.aes])
    private static let new = ClientLibrary(release: CephRelease(20, 2, 4), keyKinds: [.aes, .aes256k])
    private let tentacle = ClusterReleases(
        monitors: [CephRelease(20, 2, 4)],
        metadataServers: [CephRelease(18, 2, 7), CephRelease(20, 2, 4)],
        acceptedKeyKinds: [.aes, .aes256k],
        preferredKeyKind: .aes256k
    )
    private let reef = ClusterReleases(monitors: [CephRelease(18, 2, 7)], metadataServers: [])

    @Test func `the line names the cluster, its releases and the library's`() {
        let cluster = Cluster(id: "main", monitors: ["h:1"])
        #expect(
            ReleaseReport.line(tentacle, Self.old, cluster)
                == "cluster main: monitors 20.2.4, metadata servers 18.2.7 and 20.2.4; the client library is libcephfs 18.2.7"
        )
        #expect(ReleaseReport.line(reef, Self.new, cluster).contains("metadata servers of an unknown release"))
    }

    @Test func `a library without AES-256 is warned of where such keys are made`() {
        var cluster = Cluster(id: "main", monitors: ["h:1"])
        #expect(ReleaseReport.warnings(reef, Self.old, cluster).isEmpty)
        #expect(ReleaseReport.warnings(tentacle, Self.new, cluster).isEmpty)
        let preferred = ReleaseReport.warnings(tentacle, Self.old, cluster)
        #expect(preferred.count == 1 && preferred[0].contains("main") && preferred[0].contains("libcephfs 18.2.7"))
        cluster.cephxKeyType = .aes256k
        #expect(ReleaseReport.warnings(tentacle, Self.new, cluster).isEmpty)
        #expect(ReleaseReport.warnings(tentacle, Self.old, cluster).count == 2)
        cluster.mounter = .kernel
        #expect(ReleaseReport.warnings(tentacle, Self.old, cluster).count == 1)
    }
}

@Suite("Releases of a real cluster", .usesCluster) struct ReleasesOfClusterTests {
    @Test func `the first request has the cluster's release logged, once`() async throws {
        let fixture = try Fixture()
        for name in ["v1", "v2"] {
            let volume = try await fixture.provisioner.create(fixture.spec(name), as: fixture.credentials)
            try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        }
        let series = try DevCluster.variable("DEV_CLUSTER_CEPH")
        let library = try ClientLibrary.installed()
        func lines() -> [Substring] {
            fixture.log.text.split(separator: "\n").filter { $0.contains("client library is") }
        }
        #expect(try await fixture.until { !lines().isEmpty })
        #expect(lines().count == 1)
        let line = try #require(lines().first)
        #expect(line.hasPrefix("cluster c1: monitors \(series).") && line.contains("metadata servers \(series)."))
        #expect(line.hasSuffix(library.name))
        let prefers = ProcessInfo.processInfo.environment["DEV_CLUSTER_KEYS"].map { $0 != "aes" } ?? false
        let isWarned = fixture.log.text.contains("auth_preferred_cipher")
        #expect(isWarned == (series == "20" && prefers && !library.knowsAES256Keys))
        try await fixture.end()
    }
}
