/// Finds what somebody who mistyped a name probably meant.
enum NearestName {
    /// The candidate closest to `name`, if it takes at most a third of the letters to be changed (and at least one).
    static func to(_ name: String, among candidates: [String]) -> String? {
        let typed = Array(name.lowercased().filter { $0 != "_" && $0 != "-" })
        let scored = candidates.map { ($0, distance(typed, Array($0.lowercased()))) }
        guard let best = scored.min(by: { $0.1 < $1.1 }) else { return nil }
        return best.1 <= max(1, best.0.count / 3) ? best.0 : nil
    }

    /// Optimal string alignment: insertions, deletions, substitutions, and two neighbours swapped.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var rows = [Array(0...right.count)]
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(rows[row][column + 1] + 1, current[column] + 1)
                cost = min(cost, rows[row][column] + (character == other ? 0 : 1))
                if row > 0, column > 0, character == right[column - 1], left[row - 1] == other {
                    cost = min(cost, rows[row - 1][column - 1] + 1)
                }
                current.append(cost)
            }
            rows.append(current)
        }
        return rows[left.count][right.count]
    }
}
