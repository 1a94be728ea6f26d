/// Work that runs to its end even when nobody waits for it any more.
public enum Uncancelled {
    /// Runs `body` in a task of its own and returns its result; when the caller is cancelled, this throws at once, and
    /// `body`, which is never cancelled, runs on.
    ///
    /// - Parameter onCancel: called when the caller is cancelled while `body` runs.
    /// - Throws: `CancellationError`, and what `body` throws.
    public static func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value,
        onCancel: @escaping @Sendable () -> Void
    ) async throws -> Value {
        let promise = Promise<Value, any Error>()
        return try await withTaskCancellationHandler {
            Task.detached {
                do {
                    promise.resolve(.success(try await body()))
                } catch {
                    promise.resolve(.failure(error))
                }
            }
            return try await promise.value
        } onCancel: {
            onCancel()
            promise.resolve(.failure(CancellationError()))
        }
    }
}
