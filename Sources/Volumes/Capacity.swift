/// A volume's size in bytes, enforced as the CephFS quota `ceph.quota.max_bytes` of its data directory.
public struct Capacity: Sendable, Hashable, Comparable {
    /// CephFS clients report quotas in blocks of 4 MiB (`df` rounds down), so capacities are multiples of it where
    /// the request leaves room.
    public static let granule: Int64 = 4 << 20
    /// The largest capacity accepted: 2^63 - 1 rounded down to a granule.
    public static let maximum = Int64.max / granule * granule

    /// The size in bytes, always positive.
    public let bytes: Int64

    /// A capacity of exactly `bytes`; nil unless positive.
    public init?(bytes: Int64) {
        guard bytes > 0 else { return nil }
        self.bytes = bytes
    }

    /// By size.
    public static func < (left: Capacity, right: Capacity) -> Bool { left.bytes < right.bytes }
}

/// What a request asks for: at least `required` and at most `limit` bytes (CSI `CapacityRange`; 0 means unset).
public struct CapacityRange: Sendable, Hashable {
    /// Bytes wanted at least; 0 when unset.
    public let required: Int64
    /// Bytes allowed at most; 0 when unset.
    public let limit: Int64

    /// No demand at all.
    public static let any = CapacityRange(uncheckedRequired: 0, limit: 0)

    private init(uncheckedRequired required: Int64, limit: Int64) {
        self.required = required
        self.limit = limit
    }

    /// Checks and joins the two bounds.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for a negative bound, ``VolumeError/outOfRange(_:)`` for bounds
    ///   that contradict each other or pass ``Capacity/maximum``.
    public init(required: Int64, limit: Int64) throws {
        guard required >= 0 else {
            throw VolumeError.invalid(field: "capacity_range.required_bytes", fix: "must not be negative")
        }
        guard limit >= 0 else {
            throw VolumeError.invalid(field: "capacity_range.limit_bytes", fix: "must not be negative")
        }
        guard limit == 0 || required <= limit else {
            throw VolumeError.outOfRange(
                "capacity_range.required_bytes (\(required)) exceeds limit_bytes (\(limit)): raise the limit or ask for less"
            )
        }
        guard required <= Capacity.maximum else {
            throw VolumeError.outOfRange("capacity_range.required_bytes must be at most \(Capacity.maximum)")
        }
        self.init(uncheckedRequired: required, limit: limit)
    }

    /// The capacity to give a new volume: `required` rounded up to a granule, or the limit where that is less; the
    /// limit when only it is set; nil (no quota) when nothing is asked.
    public var chosen: Capacity? {
        if required == 0 {
            let granules = limit / Capacity.granule * Capacity.granule
            return Capacity(bytes: granules > 0 ? granules : limit)
        }
        let rounded = (required - 1) / Capacity.granule * Capacity.granule + Capacity.granule
        return Capacity(bytes: limit == 0 ? rounded : min(rounded, limit))
    }

    /// Whether a volume of `capacity` (nil: no quota) satisfies the request.
    public func admits(_ capacity: Capacity?) -> Bool {
        guard let capacity else { return limit == 0 }
        return capacity.bytes >= required && (limit == 0 || capacity.bytes <= limit)
    }
}
