/// Which of a connection's threads a call gets.
public enum CephLane: Sendable, Hashable {
    /// Requests somebody waits for.
    case foreground
    /// Work that can wait: few threads of its own, so that it holds up no request.
    case background
    /// Copies of trees, which take hours if need be: threads of their own, so that they hold up neither requests nor
    /// removals. The lane's size bounds all copies of a connection together.
    case copying
}
