/// The program: reads the command line, runs the command, ends with its exit code.
@main
enum Main {
    static func main() async {
        // Whatever the parser built is gone when `parse` has returned; only the plain options stay.
        switch Invocation.parse() {
        case .version: print(Version.report)
        case .serve(let options): await Serving.run(options)
        }
    }
}
