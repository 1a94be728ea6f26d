import ArgumentParser

/// Which CSI services a process offers, beside Identity.
enum Role: String, Sendable, CaseIterable, ExpressibleByArgument {
    case controller, node, all

    /// Whether it makes volumes.
    var offersController: Bool { self != .node }
    /// Whether it mounts volumes.
    var offersNode: Bool { self != .controller }
}
