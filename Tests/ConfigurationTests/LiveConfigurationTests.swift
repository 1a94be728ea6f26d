import Foundation
import Synchronization
import Testing
import Volumes

@testable import Configuration

/// What a ``LiveConfiguration`` reported.
private final class Reports: Sendable {
    private let list = Mutex<[LiveConfiguration.Change]>([])
    var all: [LiveConfiguration.Change] { list.withLock { $0 } }
    func add(_ change: LiveConfiguration.Change) { list.withLock { $0.append(change) } }
}

@Suite struct LiveConfigurationTests {
    private let reports = Reports()

    private static func text(_ monitor: String, id: String = "main") -> String {
        "clusters: [{id: \(id), monitors: [\"\(monitor)\"]}]\n"
    }

    private func open(_ path: String, interval: Duration = .zero) throws -> LiveConfiguration {
        try LiveConfiguration(path: path, checkInterval: interval) { [reports] in reports.add($0) }
    }

    @Test("A file rewritten in place is in force at the next look, even within one tick and at the same size")
    func rewritten() throws {
        let file = try ScratchFile(Self.text("10.0.0.1:1"))
        let live = try open(file.path)
        for last in 2...9 {
            try file.write(Self.text("10.0.0.\(last):1"))
            #expect(live.cluster("main")?.monitors == ["10.0.0.\(last):1"])
        }
        #expect(reports.all == Array(repeating: .applied(clusters: ["main"]), count: 8))
    }

    @Test("The symlink swap by which a ConfigMap changes is noticed, even when the new file is older")
    func configMapSwap() throws {
        let scratch = try ScratchFile("")
        let manager = FileManager.default
        for (version, monitor) in [("1", "a:1"), ("2", "b:1")] {
            let directory = "\(scratch.directory)/..\(version)"
            try manager.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try Self.text(monitor).write(toFile: "\(directory)/c.yaml", atomically: false, encoding: .utf8)
            let age = Date(timeIntervalSinceNow: version == "1" ? -3600 : -7200)
            try manager.setAttributes([.modificationDate: age], ofItemAtPath: "\(directory)/c.yaml")
        }
        try manager.createSymbolicLink(atPath: "\(scratch.directory)/..data", withDestinationPath: "..1")
        try manager.createSymbolicLink(atPath: "\(scratch.directory)/c.yaml", withDestinationPath: "..data/c.yaml")
        let live = try open("\(scratch.directory)/c.yaml")
        #expect(live.cluster("main")?.monitors == ["a:1"])

        try manager.createSymbolicLink(atPath: "\(scratch.directory)/..tmp", withDestinationPath: "..2")
        #expect(rename("\(scratch.directory)/..tmp", "\(scratch.directory)/..data") == 0)
        #expect(live.cluster("main")?.monitors == ["b:1"])
        #expect(reports.all == [.applied(clusters: ["main"])])
    }

    @Test("A broken new file changes nothing, is reported once, shown as impairment, and healed by a good one")
    func brokenThenGood() throws {
        let file = try ScratchFile(Self.text("a:1"))
        let live = try open(file.path)
        #expect(live.impairment == nil)

        try file.write("clusters: [{id: main, monitors: [], rot: /v}]\n")
        for _ in 0..<3 { #expect(live.cluster("main")?.monitors == ["a:1"]) }
        let text = try #require(live.impairment)
        #expect(text.contains("the previous settings stay in force"))
        #expect(text.contains("\(file.path):1: clusters[0].rot: unknown key; did you mean \"root\"?"))

        try file.remove()
        #expect(live.impairment?.contains("No such file") == true)
        #expect(live.clusterIDs == ["main"])

        try file.write(Self.text("b:1", id: "other"))
        #expect(live.clusterIDs == ["other"])
        #expect(live.cluster("main") == nil)
        #expect(live.impairment == nil)

        let kinds = reports.all.map { change in if case .refused = change { "refused" } else { "applied" } }
        #expect(kinds == ["refused", "refused", "applied"])
    }

    @Test("The same file back after a broken one is reported as applied, so that the log shows the end of the trouble")
    func sameFileBack() throws {
        let file = try ScratchFile(Self.text("a:1"))
        let live = try open(file.path)
        try file.write("clusters: []\n")
        #expect(live.impairment != nil)
        try file.write(Self.text("a:1"))
        #expect(live.impairment == nil)
        #expect(reports.all.last == .applied(clusters: ["main"]))
    }

    @Test("The file is not looked at more often than the interval says")
    func interval() throws {
        let file = try ScratchFile(Self.text("a:1"))
        let live = try open(file.path, interval: .seconds(3600))
        try file.write(Self.text("b:1"))
        #expect(live.cluster("main")?.monitors == ["a:1"])
        #expect(reports.all.isEmpty)
    }

    @Test("A rewrite without news is not reported")
    func sameContent() throws {
        let file = try ScratchFile(Self.text("a:1"))
        let live = try open(file.path)
        try file.write("# a comment\n" + Self.text("a:1"))
        #expect(live.clusterIDs == ["main"])
        #expect(reports.all.isEmpty)
    }

    @Test("A file that is broken from the start is an error")
    func brokenAtStart() throws {
        let file = try ScratchFile("clusters: 5\n")
        #expect(throws: ConfigurationError.self) { try open(file.path) }
    }

    @Test("Many tasks may ask while the file changes, and each sees one version or the other, whole")
    func concurrent() async throws {
        let file = try ScratchFile(Self.text("a:1"))
        let live = try open(file.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<100 {
                        let seen = live.cluster("main")?.monitors
                        #expect(seen == ["a:1"] || seen == ["b:1"])
                    }
                }
            }
            for round in 0..<100 { try file.write(Self.text(round % 2 == 0 ? "b:1" : "a:1")) }
            try await group.waitForAll()
        }
    }
}
