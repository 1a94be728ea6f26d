import Testing
import Volumes

@Suite struct CapacityRangeTests {
    private let mib: Int64 = 1 << 20

    @Test func `what is required is rounded up to 4 MiB`() throws {
        #expect(try CapacityRange(required: 1, limit: 0).chosen?.bytes == 4 * mib)
        #expect(try CapacityRange(required: 4 * mib, limit: 0).chosen?.bytes == 4 * mib)
        #expect(try CapacityRange(required: 4 * mib + 1, limit: 0).chosen?.bytes == 8 * mib)
    }

    @Test func `rounding stops at the limit`() throws {
        #expect(try CapacityRange(required: 5_000_000, limit: 5_000_000).chosen?.bytes == 5_000_000)
        #expect(try CapacityRange(required: 5_000_000, limit: 6_000_000).chosen?.bytes == 6_000_000)
        #expect(try CapacityRange(required: 5_000_000, limit: 9_000_000).chosen?.bytes == 8 * mib)
    }

    @Test func `a limit alone is the capacity, in whole granules where it holds one`() throws {
        #expect(try CapacityRange(required: 0, limit: 10 * mib).chosen?.bytes == 8 * mib)
        #expect(try CapacityRange(required: 0, limit: 1000).chosen?.bytes == 1000)
    }

    @Test func `nothing asked is no quota`() throws {
        #expect(try CapacityRange(required: 0, limit: 0).chosen == nil)
        #expect(CapacityRange.any.chosen == nil)
    }

    @Test func `negative, contradictory and absurd ranges are refused`() {
        #expect(throws: VolumeError.invalid(field: "capacity_range.required_bytes", fix: "must not be negative")) {
            _ = try CapacityRange(required: -1, limit: 0)
        }
        #expect(throws: VolumeError.invalid(field: "capacity_range.limit_bytes", fix: "must not be negative")) {
            _ = try CapacityRange(required: 0, limit: -1)
        }
        for (required, limit) in [(2, 1), (Int64.max, 0)] as [(Int64, Int64)] {
            let error = #expect(throws: VolumeError.self) { _ = try CapacityRange(required: required, limit: limit) }
            guard case .outOfRange = error else {
                Issue.record("\(required)…\(limit) gave \(String(describing: error))")
                continue
            }
        }
    }

    @Test func `the largest capacity is accepted as it is`() throws {
        #expect(try CapacityRange(required: Capacity.maximum, limit: 0).chosen?.bytes == Capacity.maximum)
    }

    @Test func `an existing capacity is judged by both bounds`() throws {
        let range = try CapacityRange(required: 8 * mib, limit: 16 * mib)
        #expect(!range.admits(Capacity(bytes: 4 * mib)))
        #expect(range.admits(Capacity(bytes: 8 * mib)))
        #expect(range.admits(Capacity(bytes: 16 * mib)))
        #expect(!range.admits(Capacity(bytes: 20 * mib)))
        #expect(!range.admits(nil), "no quota passes any limit")
        #expect(try CapacityRange(required: 8 * mib, limit: 0).admits(nil))
    }
}
