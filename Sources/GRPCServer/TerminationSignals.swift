import Glibc

/// SIGTERM and SIGINT as values to wait for.
///
/// Both are blocked when this is made, which has to happen in main before there is any other thread: threads inherit the mask, so a signal
/// that comes at any moment afterwards stays pending until the one thread that waits for it (sigwait(3)) takes it. None is lost, however
/// early, and nothing runs in a signal handler.
///
/// Processes that are spawned inherit the mask too: give them an empty one (`POSIX_SPAWN_SETSIGMASK`), or they ignore SIGTERM.
public struct TerminationSignals: Sendable {
    /// What arrived.
    public enum Signal: Int32, Sendable, Hashable {
        /// SIGINT: the user's Ctrl-C.
        case interrupt = 2
        /// SIGTERM: the polite request to end.
        case terminate = 15

        /// `SIGTERM` or `SIGINT`.
        public var name: String { self == .interrupt ? "SIGINT" : "SIGTERM" }
        /// What a shell reports of a process that the signal killed: for one that ends without finishing its work.
        public var exitCode: Int32 { 128 + rawValue }
    }

    /// The signals in the order of their arrival, those before the first wait included: typically the first begins a graceful
    /// shutdown, and a second one asks for the end at once.
    public let arrivals: AsyncStream<Signal>

    /// Blocks both signals for this thread and those to come, and starts to collect them.
    public init() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [Signal.interrupt, .terminate] { sigaddset(&signals, signal.rawValue) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let (arrivals, continuation) = AsyncStream.makeStream(of: Signal.self)
        self.arrivals = arrivals
        _ = WorkerThread("signals") { [signals] in
            var signals = signals
            var number: Int32 = 0
            while true {
                if sigwait(&signals, &number) == 0, let signal = Signal(rawValue: number) { continuation.yield(signal) }
            }
        }
    }
}
