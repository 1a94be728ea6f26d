import CSI
import GRPCServer

extension Array where Element == CSIMethod {
    /// The methods as the transport takes them: every error passes through ``StatusTable``.
    public var handlers: [String: UnaryHandler] {
        var handlers: [String: UnaryHandler] = [:]
        for method in self {
            handlers[method.path] = { request, _ in
                do {
                    return try await method.invoke(request)
                } catch {
                    throw StatusTable.status(for: error)
                }
            }
        }
        return handlers
    }
}
