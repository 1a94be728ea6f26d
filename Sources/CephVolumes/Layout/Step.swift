import Synchronization

/// What an operation on a volume is doing at the moment, for those who wait for it and for messages.
final class Progress: Sendable {
    private let state: Mutex<(step: Step, since: ContinuousClock.Instant)>

    init() {
        state = Mutex((.connect, .now))
    }

    /// The step and how long it has run.
    var current: (step: Step, elapsed: Duration) {
        state.withLock { ($0.step, $0.since.duration(to: .now)) }
    }

    /// Notes that `step` begins.
    func enter(_ step: Step) {
        state.withLock { $0 = (step, .now) }
    }
}

/// The steps of operations. Each names one thing that Ceph is asked for; what an errno means depends on it.
enum Step: String, Sendable, Hashable, CaseIterable {
    case connect = "connecting to Ceph"
    case find = "looking up the volume"
    case prepare = "preparing the staging directory"
    case makeGroup = "creating the group"
    case stage = "creating the volume's directory"
    case flag = "making the directory a subvolume"
    case writeMetadata = "writing the mgr's record"
    case makeData = "creating the data directory"
    case own = "setting the owner"
    case choosePool = "choosing the data pool"
    case record = "writing the volume's record"
    case limit = "setting the quota"
    case checkAccess = "writing and reading a file in the data directory"
    case publish = "publishing the volume"
    case discard = "removing an incomplete volume"
    case trash = "moving the volume to the trash"
    case restore = "restoring the volume"
    case attach = "recording the attachment"
    case detach = "removing the attachment"
    case mint = "creating the volume's user"
    case dropUser = "removing a volume's user"
    case fence = "ending a user's sessions"
    case sweep = "sweeping the staging directory"
    case purge = "purging the trash"
    case list = "listing volumes"
    case limitFiles = "setting the file limit"
    case pin = "pinning the volume to an MDS rank"
    case changePool = "changing the data pool"
    case measure = "measuring free space"
    case findSnapshot = "looking up the snapshot"
    case index = "writing the snapshot's entry"
    case takeSnapshot = "taking the snapshot"
    case hold = "looking for volumes that need the snapshot"
    case freeze = "freezing the volumes"
    case dropSnapshot = "removing the snapshot"
    case copy = "copying the volume's content"
    case retain = "retaining a deleted volume with snapshots"
    case findPath = "looking for the path"
    case examine = "examining the directory"
    case move = "moving the directory into the volume"
}
