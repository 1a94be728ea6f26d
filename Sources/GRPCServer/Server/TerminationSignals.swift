import CGRPC
import Glibc
import System

/// SIGTERM and SIGINT as values to wait for. Make it first thing in main: what comes earlier has the default effect,
/// nothing later is lost.
///
/// A signal handler writes each signal into a pipe, and one thread reads there. Blocking the signals for sigwait(3)
/// would not do: Dispatch's main loop, in which an `async` main ends up, waits in sigsuspend(2) with an empty mask,
/// where the signal kills the process; and spawned processes would inherit the mask, and ignore SIGTERM. A Dispatch
/// source arms asynchronously, and loses an early signal.
public struct TerminationSignals: Sendable {
    /// What arrived.
    public enum Signal: UInt8, Sendable, Hashable, CaseIterable {
        /// SIGINT: the user's Ctrl-C.
        case interrupt = 2
        /// SIGTERM: the polite request to end.
        case terminate = 15

        /// `SIGTERM` or `SIGINT`.
        public var name: String { self == .interrupt ? "SIGINT" : "SIGTERM" }
        /// What a shell reports of a process that the signal killed: for one that ends without finishing its work.
        public var exitCode: Int32 { 128 + Int32(rawValue) }
    }

    /// The signals in the order of their arrival, those before the first wait included. For one consumer: typically the
    /// first signal begins a graceful shutdown, and a second one asks for the end at once.
    public let arrivals: AsyncStream<Signal>

    /// Starts to collect the signals. To be called once a process.
    public init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "pipe failed: \(String(cString: strerror(errno)))")
        ends.forEach { _ = fcntl($0, F_SETFD, FD_CLOEXEC) }
        // A handler must not block, even if somebody sends signals by the thousand.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        for signal in Signal.allCases {
            precondition(cgrpc_redirect_signal(Int32(signal.rawValue), ends[1]) == 0, "sigaction failed")
        }
        let (arrivals, continuation) = AsyncStream.makeStream(of: Signal.self)
        self.arrivals = arrivals
        WorkerThread.require("signals") { [source = ends[0]] in
            Self.unblock()
            var byte: UInt8 = 0
            while true {
                let count = read(source, &byte, 1)
                if count == 1, let signal = Signal(rawValue: byte) { continuation.yield(signal) }
            }
        }
    }

    /// Lets the signals through to the calling thread: a parent may have left them blocked, and Dispatch blocks them on its threads.
    private static func unblock() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in Signal.allCases { sigaddset(&signals, Int32(signal.rawValue)) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}
