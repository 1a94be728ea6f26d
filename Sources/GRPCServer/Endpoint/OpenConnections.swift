import Glibc

/// The connections of a server, for the thread that accepts them.
///
/// Of each connection that the core has this holds a second descriptor: by it we learn when a connection ends, and can
/// end it, without touching the core's own, whose number may mean something else by the time we use it.
struct OpenConnections {
    private struct Silent {
        let descriptor: Int32
        let since: ContinuousClock.Instant
        /// Some of the preface is there: poll(2) would report it again at once.
        var hasBegun = false
    }

    private struct Served {
        let descriptor: Int32
        /// The number that the core's own descriptor has.
        let coreDescriptor: Int32
        let since: ContinuousClock.Instant
    }

    /// What every HTTP/2 client sends first (RFC 9113, section 3.4).
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// How often to look for the rest of a preface.
    private static let pace = Duration.milliseconds(20)

    private let maximum: Int
    private let handshakeTime: Duration
    private let callers: Callers
    private var silent: [Silent] = []
    private var served: [Served] = []

    init(maximum: Int, handshakeTime: Duration, callers: Callers) {
        self.maximum = maximum
        self.handshakeTime = handshakeTime
        self.callers = callers
    }

    private var isFull: Bool { silent.count + served.count >= maximum }

    /// How long a silent connection is left alone when a newcomer needs its place.
    private var pressureTime: Duration { handshakeTime / 5 }

    /// Takes a new connection. False if there is no descriptor left to watch it with, which it will need.
    mutating func add(_ connection: Int32) -> Bool {
        let spare = fcntl(connection, F_DUPFD_CLOEXEC, 0)
        guard spare >= 0 else { return false }
        _ = close(spare)
        silent.append(Silent(descriptor: connection, since: .now))
        return true
    }

    /// Waits until there is something to do, and forgets connections that ended meanwhile or said nothing for too long.
    /// Whether a newcomer waits; nil when the listener has been shut down.
    mutating func wait(for listener: Int32) -> Bool? {
        // A hang-up is reported whether or not one asks for it, and nothing else is wanted of connections in use.
        var waits = [pollfd(fd: listener, events: isFull && victim == nil ? 0 : Int16(POLLIN), revents: 0)]
        waits += silent.map { pollfd(fd: $0.descriptor, events: $0.hasBegun ? 0 : Int16(POLLIN), revents: 0) }
        waits += served.map { pollfd(fd: $0.descriptor, events: 0, revents: 0) }
        while poll(&waits, nfds_t(waits.count), patience) < 0 && errno == EINTR {}
        let hangUps = waits.map { Int32($0.revents) & (POLLHUP | POLLERR | POLLNVAL) != 0 }
        forget(hangUps.dropFirst())
        dropOverdue()
        return hangUps[0] ? nil : waits[0].revents != 0
    }

    private mutating func forget(_ hangUps: ArraySlice<Bool>) {
        let (silentEnds, servedEnds) = (hangUps.prefix(silent.count), hangUps.dropFirst(silent.count))
        for (connection, isOver) in zip(silent, silentEnds) where isOver { _ = close(connection.descriptor) }
        for (connection, isOver) in zip(served, servedEnds) where isOver { _ = close(connection.descriptor) }
        silent = zip(silent, silentEnds).filter { !$1 }.map(\.0)
        served = zip(served, servedEnds).filter { !$1 }.map(\.0)
    }

    /// Hangs up who has been silent for longer than a handshake may take.
    private mutating func dropOverdue() {
        let now = ContinuousClock.now
        silent.removeAll { connection in
            let isOverdue = connection.since.duration(to: now) >= handshakeTime
            if isOverdue { _ = close(connection.descriptor) }
            return isOverdue
        }
    }

    /// The connections that have sent the preface since the last call: the core's from now on. Who has sent something
    /// else is hung up.
    mutating func takeGreeted() -> [Int32] {
        var greeted: [Int32] = []
        var others: [Silent] = []
        for var connection in silent {
            var bytes = Self.preface
            let count = recv(connection.descriptor, &bytes, bytes.count, Int32(MSG_PEEK | MSG_DONTWAIT))
            if count < 0 {
                others.append(connection)
            } else if count == 0 || bytes != Self.preface {
                _ = close(connection.descriptor)
            } else if count < bytes.count {
                connection.hasBegun = true
                others.append(connection)
            } else if case let second = fcntl(connection.descriptor, F_DUPFD_CLOEXEC, 0), second >= 0 {
                callers.remove(connection.descriptor)
                served.append(Served(descriptor: second, coreDescriptor: connection.descriptor, since: .now))
                greeted.append(connection.descriptor)
            } else {
                _ = close(connection.descriptor)
            }
        }
        silent = others
        return greeted
    }

    // MARK: When every connection is taken

    private enum Victim {
        case silent(Int)
        case served(Int)
    }

    /// The silent connection that came first, else the one that has never made a call, when they have had their time.
    private var victim: Victim? {
        let now = ContinuousClock.now
        if let first = silent.indices.first, silent[first].since.duration(to: now) >= pressureTime {
            return .silent(first)
        }
        return served.firstIndex { connection in
            connection.since.duration(to: now) >= handshakeTime && !callers.contains(connection.coreDescriptor)
        }.map(Victim.served)
    }

    /// Sees to it that one more connection can be had; false when none may go.
    mutating func makeRoom() -> Bool {
        guard isFull else { return true }
        switch victim {
        case .silent(let index): _ = close(silent.remove(at: index).descriptor)
        case .served(let index):
            let descriptor = served.remove(at: index).descriptor
            _ = shutdown(descriptor, Int32(SHUT_RDWR))
            _ = close(descriptor)
        case nil: return false
        }
        return true
    }

    /// How long poll(2) may wait, in milliseconds; -1 when only an event can change anything.
    private var patience: Int32 {
        let now = ContinuousClock.now
        var ends = silent.first.map { [$0.since + handshakeTime] } ?? []
        if silent.contains(where: \.hasBegun) { ends.append(now + Self.pace) }
        if isFull, victim == nil {
            ends += silent.first.map { [$0.since + pressureTime] } ?? []
            ends += served.filter { !callers.contains($0.coreDescriptor) }.map { $0.since + handshakeTime }
        }
        guard let first = ends.min() else { return -1 }
        let (seconds, attoseconds) = max(now.duration(to: first), .zero).components
        // Rounded up, not to wake too early and find nothing.
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }

    /// Hangs up the silent ones; the descriptors of the others.
    mutating func end() -> [Int32] {
        for connection in silent { _ = close(connection.descriptor) }
        silent.removeAll()
        return served.map(\.descriptor)
    }
}
