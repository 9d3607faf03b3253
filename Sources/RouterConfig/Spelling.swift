/// How far a name is from what somebody wrote, to find the name that was meant.
enum Spelling {
    /// The nearest of the names, or nil when none is near enough to be what was meant.
    static func nearest(to written: String, among names: some Sequence<String>) -> String? {
        names.compactMap { name in mistakes(written, name).map { (name, $0) } }
            .min { $0.1 < $1.1 }?.0
    }

    /// The mistakes somebody made who wrote one name for the other; nil when they are different words.
    /// Capitals, `-` and `_` count for nothing, and a name of which a whole part is missing is still near.
    static func mistakes(_ written: String, _ name: String) -> Int? {
        let (left, right) = (letters(written), letters(name))
        guard left.count <= 64 else { return nil }
        let distance = editDistance(left, right)
        if distance <= (max(left.count, right.count) + 1) / 3 { return distance }
        let isPart = left.count >= 4 && String(right).contains(String(left))
        return isPart ? right.count : nil
    }

    /// Letters added, left out, changed, or swapped with their neighbour.
    static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let changed = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(changed, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }

    private static func letters(_ name: String) -> [Character] {
        name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
    }
}
