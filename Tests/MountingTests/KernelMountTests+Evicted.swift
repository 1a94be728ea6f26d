import Cryptography
import Foundation
import Testing
import Volumes

@testable import Mounting

extension KernelMountTests {
    @Test func `an evicted client is noticed, reported, and replaced at the next publish`() async throws {
        try await mounts.stage(request)
        try await publish("target")
        let before = try staged().device
        try "x".write(toFile: scratch("target/file"), atomically: false, encoding: .utf8)
        try cluster.evictClients(of: volume)
        try await waitUntil("the mount fails") { access(request.stagingPath + "/new", F_OK) != 0 && errno != ENOENT }
        #expect(try await mounts.complaint(scratch("target"))?.contains("dead") == true)
        #expect(await errorKind { try await publish("other") } == "preconditionFailed")
        var broken = request
        broken.cluster.monitors = ["127.0.0.1:1"]
        broken.options = ["mount_timeout=1"]
        #expect(await errorKind { try await publish("target", restage: broken) } == "unavailable")
        #expect(try staged().device == before)
        try await publish("target", restage: request)
        #expect(try staged().device != before)
        #expect(try await mounts.complaint(scratch("target")) == nil)
        try "alive".write(toFile: scratch("target/file"), atomically: false, encoding: .utf8)
        try await unpublish("target")
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `an evicted client with unwritten data is taken off at once`() async throws {
        try await mounts.stage(request)
        try await publish("target")
        try "first".write(toFile: scratch("target/file"), atomically: false, encoding: .utf8)
        try cluster.evictClients(of: volume)
        try await waitUntil("the mount fails") { access(request.stagingPath + "/new", F_OK) != 0 && errno != ENOENT }
        let start = ContinuousClock.now
        try await unpublish("target")
        try await unstage()
        #expect(start.duration(to: .now) < .seconds(3))
        #expect(try nothingIsLeft())
    }
}
