/// One thing that is wrong with a configuration file: where, what, and what to do about it.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// Where it is; nil when it concerns the file as a whole.
    public let mark: YAMLMark?
    /// The key it is about, as a path: `clusters[0].monitors`. Empty for the file as a whole.
    public let key: String
    /// What is wrong.
    public let problem: String
    /// What to write instead.
    public let fix: String

    /// `12: clusters[0].root: must not be "/"; give …`, to put behind the file's name.
    public var description: String {
        let place = mark.map { "\($0.line): " } ?? " "
        return place + (key.isEmpty ? "" : "\(key): ") + "\(problem); \(fix)"
    }
}

/// Why a configuration file was refused. Every problem that one reading can find is listed.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    public let file: String
    /// At least one problem, in the file's order.
    public let problems: [ConfigurationProblem]

    /// One line for each problem, beginning with `file:line:` where there is a line.
    public var description: String {
        problems.map { "\(file):\($0)" }.joined(separator: "\n")
    }
}
