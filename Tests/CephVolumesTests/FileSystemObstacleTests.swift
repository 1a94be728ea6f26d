import Ceph
import Testing

@testable import CephVolumes

@Suite("What keeps clients out of a file system") struct FileSystemObstacleTests {
    private func obstacle(_ change: (inout FileSystemState) -> Void) -> String? {
        var state = FileSystemState()
        change(&state)
        return state.obstacle("fs1")
    }

    @Test func `each state is named with what ends it, the worst first`() throws {
        #expect(obstacle { _ in } == nil)
        let down = try #require(obstacle { $0.maximumRanks = 0 })
        #expect(down.contains("fs1 is marked down") && down.contains("ceph fs set fs1 down false"))
        let failed = try #require(
            obstacle {
                $0.isJoinable = false
                $0.missingRanks = [0]
            }
        )
        #expect(failed.contains("ceph fs set fs1 joinable true"))
        #expect(try #require(obstacle { $0.missingRanks = [1] }).contains("rank 1 of file system fs1 has no MDS"))
        let replaying = obstacle { $0.waitingRanks = [1: "up:replay", 0: "up:rejoin"] }
        #expect(try #require(replaying).contains("rank 0 of file system fs1 is in up:rejoin"))
        #expect(try #require(obstacle { $0.damagedRanks = [0] }).contains("damaged"))
    }
}
