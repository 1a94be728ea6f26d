import Cryptography
import Foundation
import Testing
import Volumes

@testable import Mounting

/// The Ceph cluster that `scripts/dev-cluster` has started, as its environment describes it.
struct DevCluster: Sendable {
    let monitors: [String]
    let filesystem: String
    let fsid: String
    let root: String
    let group: String
    let configuration: String
    let node: CephCredentials
    let provisioner: CephCredentials

    init() throws {
        func value(_ name: String) throws -> String {
            try #require(
                ProcessInfo.processInfo.environment[name],
                #"\#(name) is not set: start a cluster and run: eval "$(scripts/dev-cluster env)""#
            )
        }
        func credentials(_ role: String) throws -> CephCredentials {
            let key = try String(contentsOfFile: value("DEV_CLUSTER_\(role)_KEY_FILE"), encoding: .utf8)
            return CephCredentials(
                user: try value("DEV_CLUSTER_\(role)_ID"),
                key: Secret(key.trimmingCharacters(in: .whitespacesAndNewlines))
            )
        }
        monitors = [try value("DEV_CLUSTER_MON_HOST")]
        filesystem = try value("DEV_CLUSTER_FS")
        fsid = try value("DEV_CLUSTER_FSID")
        root = try value("DEV_CLUSTER_ROOT")
        group = ProcessInfo.processInfo.environment["DEV_CLUSTER_GROUP"] ?? "csi"
        configuration = try value("DEV_CLUSTER_CONF")
        node = try credentials("NODE")
        provisioner = try credentials("PROVISIONER")
    }

    /// A request of the node user for `path`.
    func request(_ path: String, at stagingPath: String) -> StageRequest {
        var request = StageRequest.sample(
            monitors: monitors,
            filesystem: filesystem,
            path: path,
            stagingPath: stagingPath
        )
        request.credentials = node
        return request
    }

    /// Makes the directory of a volume of 64 MiB, as the provisioner would.
    func makeVolume(_ scratch: Scratch, mounter: Cluster.Mounter = .fuse) async throws -> String {
        let mounts = LinuxNodeMounts(MountingOptions(runDirectory: scratch("provisioner-run")))
        let path = "\(root)/\(group)/mounting-\(UUID().uuidString)"
        var request = request(root, at: scratch("provisioner"))
        request.credentials = provisioner
        request.mounter = mounter
        try await mounts.stage(request)
        let directory = scratch("provisioner") + path.dropFirst(root.count)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try run("setfattr", "-n", "ceph.quota.max_bytes", "-v", "\(64 << 20)", directory)
        try await mounts.unstage(volumeID: "provisioner", stagingPath: scratch("provisioner"))
        return path
    }

    /// Makes the MDS forget the sessions of clients that mount `path`, as it would by itself after a minute.
    func evictClients(of path: String) throws {
        let text = try run(
            "ceph",
            "-c",
            configuration,
            "tell",
            "mds.0",
            "session",
            "ls",
            "-f",
            "json",
            "--log_to_stderr=false"
        )
        let json = text.drop { $0 != "[" }
        let sessions = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
        for session in sessions {
            let metadata = session["client_metadata"] as? [String: Any]
            guard metadata?["root"] as? String == path, let id = session["id"] as? Int else { continue }
            try run("ceph", "-c", configuration, "tell", "mds.0", "session", "evict", "id=\(id)")
        }
    }
}
