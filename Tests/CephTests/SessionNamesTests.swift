import Cryptography
import Testing

@testable import Ceph

@Suite("Session names") struct SessionNamesTests {
    private let settings = CephSettings(
        monitors: ["m"],
        filesystem: "fs",
        root: "/r",
        user: "u",
        key: Secret("k")
    )

    @Test("the first connection of a process takes over everything that its predecessor may have left")
    func first() throws {
        let names = SessionNames(identity: "a")
        let first = try names.take(for: settings)
        #expect(first.reclaims.count == 2)
        #expect(first.reclaims.contains(first.name))
        #expect(first.name.contains("a") && !first.name.contains("k:"))
    }

    @Test("a connection beside a live one gets another name, and a third is refused")
    func second() throws {
        let names = SessionNames(identity: "a")
        let first = try names.take(for: settings)
        let second = try names.take(for: settings)
        #expect(first.name != second.name)
        #expect(throws: CephError.self) { try names.take(for: settings) }
        #expect(names.inUse == 2)
    }

    @Test("a name that was unmounted is free again and needs no reclaim, one that was aborted does")
    func reuse() throws {
        let names = SessionNames(identity: "a")
        let first = try names.take(for: settings)
        names.free(first, .clean)
        let again = try names.take(for: settings)
        #expect(again.name == first.name)
        #expect(again.reclaims.isEmpty)
        names.free(again, .unclean)
        #expect(try names.take(for: settings).reclaims == [first.name])
    }

    @Test("an attempt that never connected leaves the first one's duties to the next")
    func neverConnected() throws {
        let names = SessionNames(identity: "a")
        names.free(try names.take(for: settings), .neverConnected)
        #expect(try names.take(for: settings).reclaims.count == 2)
    }

    @Test("replicas have different names")
    func identities() throws {
        let one = try SessionNames(identity: "a").take(for: settings)
        let other = try SessionNames(identity: "b").take(for: settings)
        #expect(one.name != other.name)
    }
}
