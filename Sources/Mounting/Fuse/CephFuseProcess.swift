import Bytes
import CLinux
import CephCommon
import Cryptography
import Glibc
import System
import Volumes

/// A ceph-fuse that this plugin started and that is not up yet.
///
/// It lives in a session of its own, so that it goes on when the plugin ends.
final class CephFuseProcess {
    let pid: pid_t
    private let output: FileDescriptor
    private(set) var text = ""
    /// As waitpid(2) gave it; nil while the process runs.
    private(set) var status: Int32?

    /// Whether a signal ended it, so that it said no goodbye to the cluster (WIFSIGNALED, wait(2)).
    var wasKilled: Bool { status.map { $0 & 0x7F != 0 } ?? false }

    /// Spawns the command, whose first word is the program's path, with the key where it expects it.
    init(_ arguments: [String], key: Secret) throws {
        let memory = try key.withExposed { key in
            try FileDescriptor(linux_sealed_memory("key", key, key.utf8.count), call: "memfd_create", on: "the key")
        }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemCallError("pipe", on: "ceph-fuse's output") }
        output = try FileDescriptor(ends[0], call: "pipe", on: "ceph-fuse's output")
        let input = try FileDescriptor(ends[1], call: "pipe", on: "ceph-fuse's output")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(output.number, F_SETFL, O_NONBLOCK)
        pid = try Self.spawn(arguments, output: input, memory: memory)
    }

    private static func spawn(_ words: [String], output: FileDescriptor, memory: FileDescriptor) throws -> pid_t {
        var arguments = words.map { strdup($0) } + [nil]
        var environment = CephFuseCommand.environment.map { strdup($0) } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var pid: pid_t = 0
        let executable = words[0]
        let error = linux_spawn(&pid, executable, &arguments, &environment, output.number, memory.number)
        guard error == 0 else { throw SystemCallError("posix_spawn", errno: error, on: executable) }
        return pid
    }

    /// Takes in what the process has written and whether it has ended; true when it has.
    func poll() -> Bool {
        // The status first: what was written before the end is then complete.
        if status == nil {
            var now: Int32 = 0
            let result = waitpid(pid, &now, WNOHANG)
            if result == pid { status = now }
            if result < 0, errno == ECHILD { status = 0 }
        }
        readOutput()
        return status != nil
    }

    /// SIGTERM: a ceph-fuse that is up unmounts, says goodbye to the cluster, and ends.
    func ask() { kill(pid, SIGTERM) }

    /// Ends a process that can't say goodbye to the cluster or takes too long: SIGTERM, and SIGKILL when that does not
    /// help within a second.
    func terminate() {
        for (signal, patience) in [(SIGTERM, 100), (SIGKILL, 500)] where status == nil {
            kill(pid, signal)
            for _ in 0..<patience where !poll() { usleep(10_000) }
        }
    }

    /// The release that the program says it is of; nil when it does not within a moment.
    static func release(of executable: String) -> CephRelease? {
        let command = CephFuseCommand(releaseOf: executable)
        guard let process = try? CephFuseProcess(command.arguments, key: Secret("")) else {
            return nil
        }
        for _ in 0..<300 where !process.poll() { usleep(10_000) }
        process.terminate()
        return process.text.split(byte: "\n").lazy.compactMap { CephRelease(String($0)) }.first
    }

    private func readOutput() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(output.number, &buffer, buffer.count)
            guard count > 0 else { return }
            // A chatterbox costs no more than this; what it said last matters.
            text = String((text + String(decoding: buffer.prefix(count), as: UTF8.self)).suffix(8192))
        }
    }
}
