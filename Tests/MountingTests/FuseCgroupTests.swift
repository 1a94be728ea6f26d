import Foundation
import Testing
import Volumes

@testable import Mounting

/// A plain directory stands for the cgroup: what is written where is what counts. The kernel's part is tried where
/// there is a cgroup v2 to make children in.
@Suite struct FuseCgroupTests {
    private let scratch: Scratch
    private let log = Lines()
    private let home: MountTarget

    init() throws {
        scratch = try Scratch()
        home = try MountTarget(existing: MountPath(scratch("0a1b"), field: "run directory"))
    }

    @Test func `a process is moved to the child that bears its home's name`() throws {
        let directory = try scratch.makeDirectory("group")
        _ = try scratch.makeDirectory("group/0a1b")
        try Data().write(to: URL(fileURLWithPath: directory + "/0a1b/cgroup.procs"))
        FuseCgroup(directory: directory, log: log.log).adopt(4711, home: home)
        #expect(try String(contentsOfFile: directory + "/0a1b/cgroup.procs", encoding: .utf8) == "4711\n")
        #expect(log.all.isEmpty)
    }

    @Test func `a child is made and removed`() throws {
        let directory = try scratch.makeDirectory("group")
        let cgroup = FuseCgroup(directory: directory, log: log.log)
        cgroup.adopt(4711, home: home)
        #expect(FileManager.default.fileExists(atPath: directory + "/0a1b"))
        cgroup.drop(home)
        #expect(!FileManager.default.fileExists(atPath: directory + "/0a1b"))
        cgroup.drop(home)
    }

    @Test func `a failure is said and is no error`() {
        FuseCgroup(directory: scratch("none"), log: log.log).adopt(4711, home: home)
        #expect(log.all.count == 1)
        #expect(log.all.first?.contains("process 4711") == true)
    }
}
