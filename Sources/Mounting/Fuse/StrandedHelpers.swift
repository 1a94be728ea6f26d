import Bytes
import CLinux
import Glibc
import Synchronization
import System

/// Ends what a killed ceph-fuse has left that keeps its mount waiting for ever.
///
/// To make the kernel let go of cached names, ceph-fuse runs `mount -o remount` on its mount point, through a shell. Both inherit
/// its /dev/fuse (with libfuse 2; from 3 on it is for ceph-fuse alone). When ceph-fuse dies at that moment, mount(8) waits for the file system that nobody serves any more, and the
/// kernel takes the file system for served because mount(8) has /dev/fuse open: every process that uses the volume hangs, until
/// mount(8) is killed. Then they all get errors, and the mount can be replaced.
final class StrandedHelpers: Sendable {
    private struct Watch {
        /// Calls under way.
        var calls = 0
        var isRunning = false
    }

    /// What the run directories are called; those of the plugin's ceph-fuse processes alone are touched.
    private let directories: [String]
    private let log: MountingLog
    private let watch = Mutex(Watch())
    /// Nothing else may hold it up: the calls that hang wait for it.
    private let pool = BlockingPool(name: "stranded", threads: 1, idleTimeout: .seconds(10))

    init(directories: [String], log: @escaping MountingLog) {
        self.directories = directories
        self.log = log
    }

    /// How long calls are under way before somebody looks, and how often then.
    private static let interval = Duration.seconds(1)

    /// Does `body`, and sees to it that it does not wait for a helper for ever.
    func watching<Value>(_ body: () throws -> Value) rethrows -> Value {
        let isFirst = watch.withLock { watch in
            watch.calls += 1
            defer { watch.isRunning = true }
            return !watch.isRunning
        }
        defer { watch.withLock { $0.calls -= 1 } }
        if isFirst { Task { await look() } }
        return try body()
    }

    /// Looks at intervals, as long as there are calls.
    private func look() async {
        while true {
            try? await Task.sleep(for: Self.interval)
            let isOver = watch.withLock { watch in
                if watch.calls == 0 { watch.isRunning = false }
                return watch.calls == 0
            }
            if isOver { return }
            try? await pool.run("search for stranded helpers") { [self] in endAll() }
        }
    }

    /// Ends every helper whose ceph-fuse is no more.
    func endAll() {
        let paths = directories.compactMap { path in
            try? FileDescriptor(linux_open_directory(AT_FDCWD, path), call: "openat2", on: path).path()
        }
        guard let helpers = try? ServingProcess.all(where: { Self.home(in: $0, below: paths) != nil }) else { return }
        for helper in helpers {
            // Whoever is seen in /proc has a parent that is seen there, too: none is missed for being in another namespace.
            guard let home = helper.arguments.flatMap({ Self.home(in: $0, below: paths) }),
                let processes = try? ServingProcess.all(serving: home), processes.isEmpty
            else { continue }
            helper.kill()
            log(
                .warning,
                "a ceph-fuse died while it remounted \(home), and the kernel went on waiting for it; its helper (process "
                    + "\(helper.pid)) is ended, so that the mount gives errors and can be replaced"
            )
        }
    }

    /// The mount point that a helper's arguments name, `mount -i -o remount HOME` or the shell's line with these words; nil for
    /// any other process.
    static func home(in arguments: [ArraySlice<UInt8>], below directories: [String]) -> String? {
        let words = arguments.flatMap { $0.split(separator: UInt8(ascii: " ")) }
        guard words.contains(where: { $0.elementsEqual("remount".utf8) }) else { return nil }
        return words.lazy.map { String(decoding: $0, as: UTF8.self) }.first { word in
            directories.contains { word.begins(with: $0 + "/") }
        }
    }
}
