import Ceph
import Testing
import Volumes

@testable import CephVolumes

/// What is dead and what has been kept for long enough is for no clock of another machine to say.
@Suite("Time that this process has watched") struct WatchTests {
    private let start = ContinuousClock.now

    @Test("what stands still is watched from the first look on; whatever changes begins anew")
    func standstill() {
        var watch = StandstillWatch<String, Int>()
        #expect(watch.standing("a", at: 1, now: start) == .zero)
        #expect(watch.standing("a", at: 1, now: start + .seconds(3)) == .seconds(3))
        #expect(watch.standing("a", at: 2, now: start + .seconds(4)) == .zero)
        #expect(watch.standing("a", at: 2, now: start + .seconds(9)) == .seconds(5))
        // Back to what it was is a change too: whose clock goes backwards lives.
        #expect(watch.standing("a", at: 1, now: start + .seconds(10)) == .zero)
        watch.keep([])
        #expect(watch.standing("a", at: 1, now: start + .seconds(20)) == .zero)
        watch.forget("a")
        #expect(watch.standing("a", at: 1, now: start + .seconds(30)) == .zero)
    }

    @Test("the time in the trash grows from what was noted, and is noted again after a grain")
    func trash() {
        var watch = TrashWatch()
        #expect(watch.kept("a", now: start) == nil)
        watch.begin("a", noted: .seconds(100), now: start)
        watch.begin("a", noted: .seconds(900), now: start)
        #expect(watch.kept("a", now: start + .seconds(5)) == .seconds(105))
        #expect(watch.due(.seconds(10), now: start + .seconds(5)).isEmpty)
        #expect(watch.due(.seconds(10), now: start + .seconds(10)).map(\.kept) == [.seconds(110)])
        watch.noted("a", .seconds(110))
        #expect(watch.due(.seconds(10), now: start + .seconds(12)).isEmpty)
        watch.keep(["b"])
        #expect(watch.kept("a", now: start) == nil)
    }

    @Test("notes are of one entry, and nothing else is one")
    func notes() {
        let name = "20261122T233000.123456Z.v1"
        #expect(TrashWatch.read(TrashWatch.text(.milliseconds(1_234_567), name), name) == .milliseconds(1_234_567))
        #expect(TrashWatch.read(TrashWatch.text(.seconds(5), "20261122T233000.123457Z.v1"), name) == .zero)
        for text in ["", "5", "x \(name)", "-5 \(name)", "99999999999999999999 \(name)"] {
            #expect(TrashWatch.read(text, name) == .zero, "\(text)")
        }
        #expect(TrashWatch.read(nil, name) == .zero)
        #expect(TrashWatch.grain(of: .seconds(7 * 86400)) == .seconds(3600))
        #expect(TrashWatch.grain(of: .seconds(60)) == .seconds(3))
    }
}

@Suite("Replicas that take each other for dead", .usesCluster) struct TakenAwayTests {
    /// Makes all of a volume but the rename that publishes it, as a create that then hangs.
    private func hang(_ spec: VolumeSpec, by provisioner: CephVolumeProvisioner, _ fixture: Fixture) async throws
        -> (staged: String, data: String)
    {
        let request = try provisioner.store.request(spec.id, fixture.credentials)
        let name = request.layout.stagingName(replica: "hanging", attempt: RandomUUID.make())
        let (staged, data) = ("/_staging/\(name)", RandomUUID.make())
        try await provisioner.store.look("creating", request) { work in
            let creation = VolumeCreation(work: work, spec: spec, staged: staged, data: data)
            try work.mount.makeDirectory(staged, mode: 0o711)
            try creation.makeData()
            try creation.choosePool()
            try creation.writeMetadata().close()
            try creation.writeRecord()
        }
        return (staged, data)
    }

    /// What the create does when it goes on.
    private func publish(
        _ spec: VolumeSpec,
        _ staged: String,
        _ data: String,
        by provisioner: CephVolumeProvisioner,
        _ fixture: Fixture
    ) async throws {
        let request = try provisioner.store.request(spec.id, fixture.credentials)
        try await provisioner.store.look("creating", request) { work in
            try VolumeCreation(work: work, spec: spec, staged: staged, data: data).publish()
        }
    }

    @Test("a create that hung for longer than the limit and goes on publishes nothing; its retry's volume is whole")
    func hung() async throws {
        let fixture = try Fixture { _, options in options.foreignAttemptAge = .seconds(1) }
        let (warm, spec) = (try fixture.spec("warm"), try fixture.spec("hung"))
        let slow = fixture.another()
        try await slow.provisioner.create(warm, as: fixture.credentials)
        let (staged, data) = try await hang(spec, by: slow.provisioner, fixture)
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        #expect(try await fixture.until { try await fixture.leftovers(of: "hung").isEmpty })
        let retried = try await fixture.provisioner.create(spec, as: fixture.credentials)
        await #expect(throws: (any Error).self) { try await publish(spec, staged, data, by: slow.provisioner, fixture) }
        #expect(try await slow.provisioner.create(spec, as: fixture.credentials) == retried)
        #expect(try await fixture.names("/\(fixture.cluster.group)/hung").contains(fixture.uuid(retried)))
        await slow.close()
        try await fixture.end()
    }

    @Test("a rename that finds nothing leaves nobody waiting for its destination", arguments: 0..<3)
    func failedRename(_ number: Int) async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v\(number)")
        try await fixture.provisioner.create(fixture.spec("warm"), as: fixture.credentials)
        let place = "/\(fixture.cluster.group)/v\(number)"
        await #expect(throws: CephError.self) {
            try await fixture.asAdmin { try $0.rename("/_staging/nothing", to: place) }
        }
        try await fixture.provisioner.create(spec, as: fixture.credentials)
        #expect(try await fixture.asAdmin { try $0.status(place).isDirectory })
        try await fixture.end()
    }

    @Test(
        "what is not whole after the rename is not acknowledged and does not stay, and the request is done once more",
        arguments: [".meta", "data"]
    )
    func halfMade(_ missing: String) async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("half")
        try await fixture.provisioner.create(fixture.spec("warm"), as: fixture.credentials)
        let (staged, data) = try await hang(spec, by: fixture.provisioner, fixture)
        // As a sweeper did it that removes what it believes to be dead piece by piece.
        try await fixture.asAdmin { mount in
            if missing == ".meta" { return try mount.unlink("\(staged)/.meta") }
            try mount.removeTree("\(staged)/\(data)")
        }
        await #expect(throws: TakenAway.self) {
            try await publish(spec, staged, data, by: fixture.provisioner, fixture)
        }
        #expect(try await fixture.provisioner.volume(spec.id, as: fixture.credentials) == nil)
        try await fixture.provisioner.create(spec, as: fixture.credentials)
        try await fixture.end()
    }

    @Test("a volume in the trash is kept for its time whatever the clock of the machine says that deleted it")
    func trash() async throws {
        let fixture = try Fixture { cluster, _ in cluster.trashRetention = .seconds(6) }
        let group = fixture.cluster.group
        let spec = try fixture.spec("v-\(group)")
        // As a machine leaves it whose clock is behind, or ahead, by years.
        let names = ["20200101T000000.000000Z", "20990101T000000.000000Z"].map { "\($0).v-\(group)" }
        for name in names {
            try await fixture.provisioner.create(spec, as: fixture.credentials)
            try await fixture.asAdmin { try $0.rename("/\(group)/v-\(group)", to: "/_trash/\(name)") }
        }
        let next = fixture.another()
        let begun = ContinuousClock.now
        _ = try await next.provisioner.volume(spec.id, as: fixture.credentials)
        try await Task.sleep(for: .seconds(4))
        #expect(try await fixture.leftovers(of: group).sorted() == names)
        #expect(try await fixture.until { try await fixture.leftovers(of: group).isEmpty })
        let kept = begun.duration(to: .now)
        #expect(kept >= .seconds(6) && kept < .seconds(16), "\(kept)")
        await next.close()
        try await fixture.end()
    }
}
