import Synchronization
import Testing
import Volumes

@testable import CephVolumes

/// What is asked of a cluster, and in which order. That a cluster does it is tested on a real one of Ceph 20
/// (Tests/EndToEnd/test_frozen_groups.py).
@Suite("A frozen moment") struct FrozenMomentTests {
    /// Fails where it is told to.
    private final class Freezer: TreeFreezer {
        let isLate: Bool
        let expires: Bool
        private let calls = Mutex<[String]>([])

        init(isLate: Bool = false, expires: Bool = false) {
            self.isLate = isLate
            self.expires = expires
        }

        var log: [String] { calls.withLock { $0 } }
        func note(_ call: String) { calls.withLock { $0.append(call) } }

        func freeze() async throws {
            note("freeze")
            if isLate { throw VolumeError.unavailable("too long") }
        }

        func release() async throws {
            note("release")
            if expires { throw VolumeError.unavailable("expired") }
        }

        func cancel() async throws { note("cancel") }
    }

    private struct Failure: Error {}

    @Test("all is done between freezing and releasing")
    func order() async throws {
        let freezer = Freezer()
        let value = try await FrozenMoment(freezer: freezer).run {
            freezer.note("snapshot")
            return 7
        }
        #expect(value == 7 && freezer.log == ["freeze", "snapshot", "release"])
    }

    @Test("what fails meanwhile is let go of, and fails as it did")
    func failure() async throws {
        let freezer = Freezer(expires: true)
        await #expect(throws: Failure.self) {
            try await FrozenMoment(freezer: freezer).run {
                freezer.note("snapshot")
                throw Failure()
            }
        }
        #expect(freezer.log == ["freeze", "snapshot", "cancel"])
    }

    @Test("what can't be frozen in time is not taken, and let go of all the same")
    func late() async throws {
        let freezer = Freezer(isLate: true)
        await #expect(throws: VolumeError.unavailable("too long")) {
            try await FrozenMoment(freezer: freezer).run { freezer.note("snapshot") }
        }
        #expect(freezer.log == ["freeze", "cancel"])
    }

    @Test("what was not frozen until the end is no success")
    func expired() async throws {
        let freezer = Freezer(expires: true)
        await #expect(throws: VolumeError.unavailable("expired")) {
            try await FrozenMoment(freezer: freezer).run { freezer.note("snapshot") }
        }
        #expect(freezer.log == ["freeze", "snapshot", "release", "cancel"])
    }
}
