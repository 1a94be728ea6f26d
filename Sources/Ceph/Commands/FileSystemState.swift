import Glibc
import JSON

/// What the monitors know of a file system that keeps clients out of it (`fs dump`; `mon 'allow r'` is enough).
public struct FileSystemState: Sendable, Hashable {
    /// Whether MDS daemons may take its ranks; `ceph fs fail` takes that away.
    public var isJoinable = true
    /// Whether new sessions are refused (`refuse_client_session`, Ceph 18).
    public var refusesSessions = false
    /// Features that a client must have (`ceph fs required_client_features`).
    public var requiredFeatures: [String] = []
    /// How many ranks there are to be; 0 when it is marked down.
    public var maximumRanks: Int64 = 1
    /// Ranks that no MDS has.
    public var missingRanks: [Int64] = []
    /// Ranks of which an MDS says that their metadata is damaged.
    public var damagedRanks: [Int64] = []
    /// Ranks that have an MDS which does not serve yet, with its state (`up:replay`).
    public var waitingRanks: [Int64: String] = [:]

    /// A file system that lets clients in.
    public init() {}

    /// Reads an `mdsmap`.
    init(_ map: JSONValue) {
        // CEPH_MDSMAP_NOT_JOINABLE and CEPH_MDSMAP_REFUSE_CLIENT_SESSION of Ceph's include/ceph_fs.h; names of flags
        // came with Ceph 18.
        let flags = map["flags"]?.integer ?? 0
        isJoinable = flags & 1 == 0
        refusesSessions = flags & (1 << 6) != 0
        if case .object(let features) = map["required_client_features"] {
            requiredFeatures = features.values.compactMap(\.string).sorted()
        }
        maximumRanks = map["max_mds"]?.integer ?? 1
        missingRanks = Rados.ranks(map).missing
        damagedRanks = (map["damaged"]?.array ?? []).compactMap(\.integer)
        guard case .object(let daemons) = map["info"] else { return }
        for daemon in daemons.values {
            guard let rank = daemon["rank"]?.integer, rank >= 0, let state = daemon["state"]?.string else { continue }
            if state != "up:active", state != "up:standby-replay" { waitingRanks[rank] = state }
        }
    }
}

extension FileSystemState {
    /// Waits until every rank has an MDS, for as long as connecting may take: ceph_start_reclaim waits for that without
    /// any limit, so nobody would learn that a file system was taken down.
    ///
    /// - Throws: ``CephError`` ETIMEDOUT: at once for a file system that is down, or when no monitor answers.
    static func awaitServing(_ settings: CephSettings) throws {
        let deadline = ContinuousClock.now + .seconds(settings.timeoutSeconds)
        do {
            let rados = try Rados(settings)
            while true {
                let state = try rados.state(of: settings.filesystem)
                if state.isJoinable, state.maximumRanks > 0, state.missingRanks.isEmpty { return }
                guard state.isJoinable, state.maximumRanks > 0, ContinuousClock.now < deadline else { break }
                usleep(200_000)
            }
        } catch let error as CephError where error.code != ETIMEDOUT {
            // The mount says that better.
            return
        }
        throw CephError(call: "ceph_mount", code: ETIMEDOUT, path: settings.root, detail: "there is no MDS")
    }
}

extension Rados {
    /// What keeps clients out of a file system, if anything does.
    ///
    /// - Throws: ``CephError`` ENOENT when the user sees no file system of that name.
    public func state(of filesystem: String) throws -> FileSystemState {
        FileSystemState(try metadataMap(of: filesystem))
    }
}
