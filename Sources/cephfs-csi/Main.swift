import Glibc

/// The program: reads the command line, runs the command, ends with its exit code.
@main
enum Main {
    /// Not `async`: that would leave the main thread in Dispatch's loop, whose sigsuspend(2) crashes valgrind 3.19.
    static func main() {
        // Whatever the parser built is gone when `parse` has returned; only the plain options stay.
        switch Invocation.parse() {
        case .version: print(Version.report)
        case .serve(let options):
            Task.detached { await Serving.run(options) }
            // The task ends the process.
            while true { pause() }
        }
    }
}
