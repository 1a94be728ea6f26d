import GRPCServer
import Glibc

/// A server for the tests of the wire: `grpc-echo ENDPOINT [--grace MILLISECONDS] [--default-deadline MILLISECONDS]
/// [--calls N]`.
///
/// It prints `serving` when the socket accepts and one line for each call that ends, and leaves with 0 after SIGTERM or
/// SIGINT.
@main
struct Echo {
    static func main() async {
        let signals = TerminationSignals()
        CoreLog.redirect { say("core \($0) \($1)") }
        do {
            let arguments = try Arguments(CommandLine.arguments)
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
                if let signal = await arrivals.next() {
                    say("stopping \(signal.name)")
                    Task { await server.shutdown(grace: arguments.grace) }
                }
                if let second = await arrivals.next() { _exit(second.exitCode) }
            }
            try await server.serve()
            say("stopped")
        } catch {
            say("failed \(error)")
            exit(1)
        }
    }
}
