import CGRPC
import Glibc

/// gRPC's C core as a whole.
enum CoreLibrary {
    private static let initialised: Void = grpc_init()

    /// Brings the core up, once a process. It stays up until the process ends: taking it down runs on a thread of the
    /// core's that would race with the process's exit handlers.
    static func start() { _ = initialised }

    /// Calls `body` with channel arguments made of `integers`; the core copies them.
    static func withArguments<Result>(
        _ integers: [(String, Int)],
        _ body: (UnsafePointer<grpc_channel_args>) -> Result
    ) -> Result {
        var arguments = integers.map { name, value in
            var argument = grpc_arg()
            argument.type = GRPC_ARG_INTEGER
            argument.key = strdup(name)
            argument.value.integer = Int32(clamping: value)
            return argument
        }
        defer { arguments.forEach { free($0.key) } }
        return arguments.withUnsafeMutableBufferPointer { buffer in
            var list = grpc_channel_args(num_args: buffer.count, args: buffer.baseAddress)
            return body(&list)
        }
    }
}
