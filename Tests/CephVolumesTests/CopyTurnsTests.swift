import Testing
import Volumes

@testable import CephVolumes

@Suite("Whose turn it is to be copied") struct CopyTurnsTests {
    private let rule = CopyTurns(limit: 2)

    private func candidate(_ number: Int, _ source: String, short: Bool = false) throws -> CopyTurns.Candidate {
        let id = try #require(VolumeID("c1:cephfs:csi:\(source)"))
        return CopyTurns.Candidate(number: number, source: id, isShort: short)
    }

    @Test("two long ones run, and a third waits, whoever it is of")
    func long() throws {
        let running = try [candidate(0, "a"), candidate(1, "b")]
        #expect(try rule.next(of: [candidate(2, "c")], running: running) == nil)
        #expect(try rule.next(of: [candidate(2, "c")], running: Array(running.prefix(1)))?.number == 2)
    }

    @Test("beside two long ones of one tenant another's short one begins at once, and not a third of the first")
    func short() throws {
        let running = try [candidate(0, "deep"), candidate(1, "deep")]
        let waiting = try [candidate(2, "deep", short: true), candidate(3, "small", short: true)]
        #expect(rule.next(of: waiting, running: running)?.number == 3)
        #expect(try rule.next(of: [candidate(2, "deep", short: true)], running: running) == nil)
    }

    @Test("long ones that passed for short leave a turn to another source")
    func passing() throws {
        let running = try [candidate(0, "deep", short: true), candidate(1, "deep", short: true)]
        let waiting = try (2..<20).map { try candidate($0, "deep", short: true) } + [candidate(20, "other")]
        #expect(rule.next(of: waiting, running: running)?.number == 20)
    }

    @Test("who has none under way comes first, then the short one, then the one that came first")
    func order() throws {
        let running = try [candidate(0, "a")]
        let waiting = try [
            candidate(1, "a", short: true), candidate(2, "b"), candidate(3, "c", short: true), candidate(4, "d"),
        ]
        #expect(rule.next(of: waiting, running: running)?.number == 3)
        #expect(try rule.next(of: [candidate(4, "d"), candidate(5, "e")], running: running)?.number == 4)
    }

    @Test("all turns together are bounded")
    func bound() throws {
        let running = try (0..<4).map { try candidate($0, "v\($0)", short: true) }
        #expect(try rule.next(of: [candidate(9, "z", short: true)], running: running) == nil)
    }
}
