import GRPCServer
import Glibc

/// A server for the tests of the wire: `grpc-echo ENDPOINT [--grace MILLISECONDS] [--default-deadline MILLISECONDS]
/// [--calls N] [--connections N]`.
///
/// It prints `serving` when the socket accepts and one line for each call that ends, and leaves with 0 after SIGTERM or
/// SIGINT; a second signal ends it at once.
@main
struct Echo {
    /// Not `async`: that would end in Dispatch's main loop, whose sigsuspend(2) crashes valgrind 3.19 (it writes to the
    /// mask, which Dispatch keeps in read-only memory).
    static func main() {
        let signals = TerminationSignals()
        CoreLog.redirect { say("core \($0) \($1)") }
        // Detached: main is the main actor's, whose loop never runs here.
        Task.detached {
            do {
                try await serve(try Arguments(CommandLine.arguments), signals)
                exit(0)
            } catch {
                say("failed \(error)")
                exit(1)
            }
        }
        while true { pause() }
    }

    private static func serve(_ arguments: Arguments, _ signals: TerminationSignals) async throws {
        let server = try GRPCServer(
            endpoint: arguments.endpoint,
            methods: EchoMethods.all,
            interceptors: [CallPrinter()],
            options: arguments.options
        )
        try server.start()
        say("serving")
        Task {
            var arrivals = signals.arrivals.makeAsyncIterator()
            if let first = await arrivals.next() {
                say("stopping \(first.name)")
                Task { await server.shutdown(grace: arguments.grace) }
            }
            if let second = await arrivals.next() { _exit(second.exitCode) }
        }
        try await server.serve()
        say("stopped")
    }
}
