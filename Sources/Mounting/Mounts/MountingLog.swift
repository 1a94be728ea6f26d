/// How much a line of ``MountingLog`` matters.
public enum MountingLogLevel: Sendable, Hashable {
    /// Something happened as it should.
    case info
    /// Something was lost, or will be tried again.
    case warning
}

/// Takes log lines about mounts; they never hold a secret. Called from any thread.
public typealias MountingLog = @Sendable (_ level: MountingLogLevel, _ message: String) -> Void
