import Ceph
import Volumes

/// Another replica was faster, and the same work done once more may find what that has made.
protocol LostRace: Error {}

/// Another replica has taken the name.
struct NameTaken: LostRace {}

/// Somebody has removed the attempt's directory, or all of staging: it is to be made once more.
struct TakenAway: LostRace {}

/// A volume was there, and then something of it was not: another replica has just deleted it, or it is damaged.
struct VolumeMissing: LostRace {
    let error: CephError
}

/// Work that begins once more when another replica was faster.
enum LostRaces {
    /// How often, which is far more than replicas meet by chance.
    private static let attempts = 5

    /// Runs `body` until it loses no race.
    ///
    /// - Parameters:
    ///   - what: what other replicas then keep doing, for the error: `creating and deleting the volume`.
    ///   - body: nil when it has to begin once more.
    /// - Throws: ``VolumeError/unavailable(_:)`` when it always does, ``VolumeError/unexpected(_:)`` when what it has not
    ///   found is still missing, and what `body` throws but a ``LostRace``.
    static func retrying<Value>(_ what: String, _ body: () throws -> Value?) throws -> Value {
        var last: (any LostRace)?
        for _ in 0..<attempts {
            do {
                if let value = try body() { return value }
            } catch let race as any LostRace {
                last = race
            }
        }
        throw repeated(what, last)
    }

    /// As ``retrying(_:_:)-swift.method`` with work that waits.
    static func retrying<Value>(_ what: String, _ body: () async throws -> Value?) async throws -> Value {
        var last: (any LostRace)?
        for _ in 0..<attempts {
            do {
                if let value = try await body() { return value }
            } catch let race as any LostRace {
                last = race
            }
        }
        throw repeated(what, last)
    }

    private static func repeated(_ what: String, _ last: (any LostRace)?) -> VolumeError {
        if let missing = last as? VolumeMissing {
            return .unexpected("the volume is damaged, part of it is missing: \(missing.error)")
        }
        return .unavailable("other replicas keep \(what): retry")
    }
}
