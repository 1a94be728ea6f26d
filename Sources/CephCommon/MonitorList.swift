/// A cluster's monitors as every client gets them: names looked up by the plugin, by one rule.
public enum MonitorList {
    /// The numeric addresses of an address; may block.
    public typealias Resolve = (String) throws(HostResolver.Failure) -> [String]

    /// `monitors` with numeric addresses in the place of names, each once. A name stands for all of its addresses. One that
    /// has none is left out as long as another entry is left: monitors come and go, and any of them knows the others. Blocks
    /// for as long as name servers take.
    ///
    /// - Throws: ``HostResolver/Failure``, the first one, when nothing is left.
    public static func numeric(
        _ monitors: [String],
        resolve: Resolve = HostResolver.resolve
    ) throws(HostResolver.Failure) -> [String] {
        try union(of: monitors) { monitor throws(HostResolver.Failure) in try MonitorEntry(monitor).numeric(resolve) }
    }

    /// All that `body` makes of `texts`, each once, without what can't be resolved.
    ///
    /// - Throws: ``HostResolver/Failure``, the first one, when nothing is left.
    public static func union(of texts: [String], _ body: Resolve) throws(HostResolver.Failure) -> [String] {
        var found: [String] = []
        var failure: HostResolver.Failure?
        for text in texts {
            do throws(HostResolver.Failure) {
                for address in try body(text) where !found.contains(address) { found.append(address) }
            } catch {
                failure = failure ?? error
            }
        }
        if found.isEmpty, let failure { throw failure }
        return found
    }
}
