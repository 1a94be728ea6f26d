import Volumes

/// The capacity of a volume that is adopted.
struct AdoptionLimit: Sendable, Hashable {
    /// Nil for none.
    let capacity: Capacity?

    /// - Parameters:
    ///   - quota: that the directory has.
    ///   - used: bytes in it.
    ///   - path: for messages.
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for a limit that does not fit what is there.
    init(_ limit: AdoptionSpec.Limit, quota: Capacity?, used: Int64, path: String) throws {
        switch limit {
        case .quota:
            guard let quota else {
                throw VolumeError.invalid(
                    field: "--capacity",
                    fix: "missing: \(path) has no quota and holds \(used) bytes. Give its size, or "
                        + "--no-limit for a volume that can't be expanded because it has no limit"
                )
            }
            capacity = quota
        case .capacity(let wanted):
            guard wanted.bytes >= used else {
                throw VolumeError.invalid(
                    field: "--capacity",
                    fix: "\(wanted.bytes) bytes are less than the \(used) that \(path) holds"
                )
            }
            capacity = wanted
        case .none:
            guard quota == nil else {
                throw VolumeError.invalid(
                    field: "--no-limit",
                    fix: "\(path) has a quota of \(quota?.bytes ?? 0) bytes: omit the option to keep it"
                )
            }
            capacity = nil
        }
    }
}
