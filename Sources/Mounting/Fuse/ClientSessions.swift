import Glibc
import System
import Volumes

/// The names of ceph-fuse's sessions at the MDS, kept on disk while their processes may live.
///
/// The session of a process that was killed keeps its capabilities for a minute, and whoever wants its files waits. Who
/// knows a session's name (`uuid` in its metadata) and has the same user's key may end it.
struct ClientSessions: Sendable {
    /// One file for each process, named after its home.
    let directory: String

    /// The name of the session whose process never said goodbye; nil when there is none.
    func abandoned(by home: MountTarget) -> String? {
        guard let content = try? KernelFile.read(file(home)), content.count == 32 else { return nil }
        return String(decoding: content, as: UTF8.self)
    }

    /// A new name, written down.
    func begin(_ home: MountTarget) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let name = (0..<16).map { _ in
            let byte = UInt8.random(in: 0...255, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        try PrivateFile.replace(file(home), with: Array(name.utf8))
        return name
    }

    /// The process has said goodbye.
    func end(_ home: MountTarget) { unlink(file(home)) }

    private func file(_ home: MountTarget) -> String { "\(directory)/\(home.requested.name)" }
}
