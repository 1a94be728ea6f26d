/// How much a log line matters.
public enum CephVolumesLogLevel: Sendable, Hashable {
    /// Something happened as it should.
    case info
    /// Something failed that will be tried again.
    case warning
    /// Somebody may have tried to have the plugin do what they may not do themselves.
    case security
}

/// Takes log lines; they never hold a secret.
public typealias CephVolumesLog = @Sendable (_ level: CephVolumesLogLevel, _ message: String) -> Void
