import Glibc
import System

/// The program: reads the command line, runs the command, ends with its exit code.
@main
enum Main {
    /// Not `async`: that would leave the main thread in Dispatch's loop, whose sigsuspend(2) crashes valgrind 3.19.
    static func main() {
        StandardError.prepare()
        CoreDumps.forbid()
        DescriptorLimit.raise()
        // Whatever the parser built is gone when `parse` has returned; only the plain options stay.
        switch Invocation.parse() {
        case .print(let text): print(text)
        case .serve(let options):
            StandardError.neverBlock()
            if options.allowsCoreDumps { CoreDumps.allow() }
            run { await Serving.run(options) }
        case .credentials(let work): run { await work.run() }
        case .trash(let work): run { await work.run() }
        case .volume(let work): run { await work.run() }
        }
    }

    /// Runs `work`, which ends the process.
    private static func run(_ work: @escaping @Sendable () async -> Never) -> Never {
        Task.detached { await work() }
        while true { pause() }
    }
}
