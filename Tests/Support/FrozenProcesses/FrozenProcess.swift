import Foundation

/// Stopping a process for a test.
public enum FrozenProcess {
    /// There is no such process, or this one may not stop it.
    public struct Missing: Error, CustomStringConvertible {
        /// What was to be stopped.
        public let description: String
    }

    /// Sends SIGSTOP, and returns when all threads stand still: the signal stops one thread, which stops the others when it
    /// gets to run, and until then these answer. The caller sends SIGCONT.
    public static func freeze(_ pid: pid_t, _ what: String) async throws {
        guard kill(pid, SIGSTOP) == 0 else { throw Missing(description: "\(what) does not run") }
        while try !FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").allSatisfy({ isStill(pid, $0) })
        {
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    private static func isStill(_ pid: pid_t, _ task: String) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/stat", encoding: .utf8) else {
            return true
        }
        return stat.split(separator: ")").last?.hasPrefix(" T") ?? false
    }
}
