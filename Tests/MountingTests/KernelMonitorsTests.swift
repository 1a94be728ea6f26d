import CephCommon
import Foundation
import Glibc
import Testing
import Volumes

@testable import Mounting

@Suite struct KernelMonitorsTests {
    private let vector = "[v2:10.0.0.1:3300,v1:10.0.0.1:6789]"

    private func choose(_ monitors: [String], wanted: String? = nil, kernel: String = "6.1") throws -> KernelMonitors {
        try KernelMonitors(
            of: Cluster(id: "dev", monitors: monitors),
            wanted: wanted,
            kernel: #require(KernelVersion(release: kernel)),
            resolve: { address throws(HostResolver.Failure) in [address] }
        )
    }

    @Test func `the second protocol is taken when every monitor has it`() throws {
        let chosen = try choose([vector, "10.0.0.2:3300", "[v2:[fd00::1]:3300]"])
        #expect(chosen.addresses == ["10.0.0.1:3300", "10.0.0.2:3300", "[fd00::1]:3300"])
        #expect(chosen.mode == "prefer-crc")
    }

    @Test(arguments: ["10.0.0.2:6789", "10.0.0.2:7000", "[v1:10.0.0.2:6789]"])
    func `one monitor without it makes all use the first`(other: String) throws {
        let chosen = try choose([vector, other])
        #expect(chosen.addresses.first == "10.0.0.1:6789")
        #expect(chosen.addresses.count == 2)
        #expect(chosen.mode == nil)
    }

    @Test func `a kernel before 5.11 uses the first`() throws {
        #expect(try choose([vector], kernel: "5.10.0").addresses == ["10.0.0.1:6789"])
        #expect(try choose([vector], kernel: "5.10.0").mode == nil)
        #expect(try choose([vector], kernel: "5.11").mode == "prefer-crc")
    }

    @Test func `ms_mode decides for all of them`() throws {
        #expect(try choose([vector], wanted: "legacy").addresses == ["10.0.0.1:6789"])
        #expect(try choose([vector], wanted: "legacy").mode == nil)
        let secure = try choose([vector, "mon:7000"], wanted: "secure")
        #expect(secure.addresses == ["10.0.0.1:3300", "mon:7000"])
        #expect(secure.mode == "secure")
    }

    @Test(
        arguments: [
            (["10.0.0.1:3300", "10.0.0.2:6789"], nil, "6.1", "preconditionFailed"),
            (["10.0.0.1:3300"], "legacy", "6.1", "preconditionFailed"),
            (["10.0.0.1:6789"], "crc", "6.1", "preconditionFailed"),
            (["10.0.0.1:3300"], nil, "5.4", "preconditionFailed"),
            (["10.0.0.1:3300"], "crc", "5.4", "invalid"),
        ] as [([String], String?, String, String)]
    ) func `without a protocol in common the fix is named`(
        monitors: [String],
        wanted: String?,
        kernel: String,
        kind: String
    ) {
        let error = #expect(throws: VolumeError.self) { try choose(monitors, wanted: wanted, kernel: kernel) }
        #expect(error?.kind == kind)
        let fix = kind == "invalid" ? "5.11" : "[v2:host:3300,v1:host:6789]"
        #expect("\(String(describing: error))".contains(fix))
    }

    @Test func `a name that can't be resolved is left out while another can, and named when none can`() throws {
        func chosen(_ monitors: [String]) throws -> [String] {
            try KernelMonitors(of: Cluster(id: "dev", monitors: monitors), wanted: nil) {
                address throws(HostResolver.Failure) in
                guard !address.hasPrefix("gone") else { throw HostResolver.Failure("no \(address)") }
                return ["1.1.1.1:6789", "2.2.2.2:6789"]
            }.addresses
        }
        #expect(try chosen(["gone:6789", "mon:6789", "mon2:6789"]) == ["1.1.1.1:6789", "2.2.2.2:6789"])
        #expect(throws: VolumeError.unavailable("cluster \"dev\": no gone:6789")) {
            try chosen(["gone:6789", "gone2:6789"])
        }
    }
}
