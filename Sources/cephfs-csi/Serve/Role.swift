import ArgumentParser

/// Which CSI services a process offers, beside Identity.
enum Role: String, Sendable, CaseIterable, ExpressibleByArgument {
    case controller, node, all

    /// Whether it makes volumes.
    var offersController: Bool { self != .node }
    /// Whether it mounts volumes.
    var offersNode: Bool { self != .controller }

    /// Descriptors that it takes with everything in use: two for each of 128 connections of callers, and in a controller
    /// about 15 for each user of Ceph, of whom there are at most 24, and one for each OSD.
    var descriptorsNeeded: UInt64 { offersController ? 1024 : 512 }
}
