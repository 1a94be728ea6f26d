/// A service does not offer this optional method; the caller gets UNIMPLEMENTED.
public struct UnimplementedMethod: Error, Sendable, Hashable {
    /// The full name, e.g. `/csi.v1.Controller/GetSnapshot`.
    public let path: String

    /// Names the method.
    public init(path: String) {
        self.path = path
    }
}

extension UnimplementedMethod: CustomStringConvertible {
    /// One sentence that names the method.
    public var description: String { "\(path) is not implemented by this plugin" }
}
