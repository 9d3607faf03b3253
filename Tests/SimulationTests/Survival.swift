/// What is wrong with what a server found when it started again.
struct Survival {
    private(set) var violations: [Violation] = []
    private let heritage: Heritage
    private let step: Int?
    private let revived: Set<Int>

    /// - Parameter oracle: of the life before.
    init(of heritage: Heritage, after oracle: Oracle, _ disk: SimulatedDisk, observer: SimulatedClient?) {
        self.heritage = heritage
        step = observer?.cameAt
        revived = disk.revived.ids
        for room in Shipped.rooms { check(room, oracle) }
        checkIDs()
        checkGroups(disk)
    }

    private mutating func wrong(_ kind: Violation.Kind, _ what: String) {
        violations.append(Violation(kind, step: step, what: "after a crash \(what)"))
    }

    /// What was told is there, in its order; behind it there may be what nobody was told of.
    private mutating func check(_ room: String, _ oracle: Oracle) {
        let posts = oracle.log.posts[room] ?? []
        let items = heritage.items[room] ?? []
        for (post, item) in zip(posts, items) {
            guard post.id == item.id else {
                return wrong(.lost, "\(room) has \(item.id) (\(item.said.prefix(40))) where \(post.id) was")
            }
            if post.said != item.said || post.sender != item.sender || post.senderName != item.senderName {
                wrong(.history, "post \(post.id) is another: \(item)")
            }
        }
        if items.count < posts.count { return wrong(.lost, "\(posts[items.count].id) is gone from \(room)") }
        for item in items.dropFirst(posts.count) {
            if item.id <= heritage.told.id, !revived.contains(item.id) {
                wrong(.id, "\(item.id) is not above all that was told")
            }
            if oracle.refused.contains(item.said) { wrong(.unsaved, "there is what was refused: \(item)") }
            if ![item.sender, 0].contains(oracle.authors[item.said]) {
                wrong(.unknown, "there is what nobody has sent: \(item)")
            }
        }
    }

    private mutating func checkIDs() {
        var seen: Set<Int> = []
        for room in Shipped.rooms {
            let ids = heritage.items[room]?.map(\.id) ?? []
            if ids != ids.sorted() { wrong(.swapped, "\(room) is not in order: \(ids)") }
            for id in ids where !seen.insert(id).inserted { wrong(.doubled, "\(id) is there twice") }
        }
    }

    /// A group is there whole, or not at all.
    private mutating func checkGroups(_ disk: SimulatedDisk) {
        let all = Set(heritage.items.values.joined().map(\.id))
        for group in disk.postGroups where group.contains(where: all.contains) && !group.allSatisfy(all.contains) {
            wrong(.torn, "of the group \(group) there is only \(group.filter(all.contains))")
        }
    }
}
