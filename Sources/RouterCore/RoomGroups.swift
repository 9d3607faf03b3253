import NIOCore

/// The members of the rooms on one I/O loop. Those of the same rooms form a group, for which a tick is put together once.
struct RoomGroups {
    private let logSizes: SharedLog.Sizes
    private var groups: [Group] = []
    private var free: [Int] = []
    private var numbers: [Kind: Int] = [:]
    /// By room: the groups whose members are in it.
    private var ofRoom: [[Int]] = []
    /// The groups that get something of the tick, in a fixed order.
    private(set) var touched: [Int] = []

    /// What the members of a group have in common.
    struct Kind: Hashable {
        var rooms: [Room] = []
        /// The number of the rendition that they get.
        var form = 0
    }

    struct Group {
        var kind = Kind()
        var members: [Int] = []
        var run = Run()
        var log: SharedLog
        var isTouched = false
        /// Up to this length of the log nobody has too much to get.
        private(set) var roomEnds = Int.max

        init(_ kind: Kind, _ logSizes: SharedLog.Sizes) {
            self.kind = kind
            log = SharedLog(logSizes)
        }

        var form: Int { kind.form }

        func isRoomDue(for count: Int) -> Bool { log.length + count > roomEnds }
        mutating func noteRoom(_ room: Int) {
            if room < Int.max - log.length { roomEnds = min(roomEnds, log.length + max(0, room)) }
        }
        mutating func forgetRoom() { roomEnds = .max }
    }

    init(_ logSizes: SharedLog.Sizes = .init()) { self.logSizes = logSizes }

    subscript(group: Int) -> Group {
        _read { yield groups[group] }
        _modify { yield &groups[group] }
    }

    // MARK: - A tick

    /// Works out what each group gets of a tick.
    mutating func begin(_ tick: borrowing Tick, _ renditions: [Rendition]) {
        // Posts of a room that follow one another count as one: mostly that is all there are.
        var next = 0
        while next < tick.posts.count {
            let first = next
            var post = tick.posts[first]
            next += 1
            while next < tick.posts.count, post.isFollowed(by: tick.posts[next]) {
                post.join(tick.posts[next])
                next += 1
            }
            guard post.room.number < ofRoom.count else { continue }
            for group in ofRoom[post.room.number] {
                post.range = renditions[groups[group].form].range(ofPosts: first..<next, in: tick)
                touch(group, post)
            }
        }
    }

    private mutating func touch(_ group: Int, _ post: Tick.Post) {
        if !groups[group].isTouched {
            groups[group].isTouched = true
            touched.append(group)
        }
        groups[group].run.add(post)
    }

    mutating func end() {
        for group in touched {
            groups[group].run.clear()
            groups[group].isTouched = false
        }
        touched.removeAll(keepingCapacity: true)
    }

    // MARK: - Members

    /// - Returns: the group of that kind, which may be one that did not exist when the tick began.
    mutating func join(
        _ connection: Int, _ kind: Kind, in tick: borrowing Tick, _ renditions: [Rendition]
    ) -> (group: Int, place: Int) {
        let group = numbers[kind] ?? make(kind, tick, renditions)
        groups[group].members.append(connection)
        return (group, groups[group].members.count - 1)
    }

    private mutating func make(_ kind: Kind, _ tick: borrowing Tick, _ renditions: [Rendition]) -> Int {
        let number = free.popLast() ?? groups.count
        let group = Group(kind, logSizes)
        if number == groups.count { groups.append(group) } else { groups[number] = group }
        numbers[kind] = number
        for room in kind.rooms {
            while ofRoom.count <= room.number { ofRoom.append([]) }
            ofRoom[room.number].append(number)
        }
        for (place, post) in tick.posts.enumerated() where kind.rooms.contains(post.room) {
            var post = post
            post.range = renditions[kind.form].range(ofPosts: place..<place + 1, in: tick)
            touch(number, post)
        }
        return number
    }

    /// - Returns: the member that takes the place of the one that leaves, if there is one.
    mutating func leave(_ group: Int, _ place: Int) -> Int? {
        let last = groups[group].members.removeLast()
        guard place < groups[group].members.count else { return nil }
        groups[group].members[place] = last
        return last
    }

    /// Forgets a group if nobody is left in it. Not within a tick: it may still have to be cut from.
    mutating func removeIfEmpty(_ group: Int) {
        let kind = groups[group].kind
        guard groups[group].members.isEmpty, numbers[kind] == group else { return }
        numbers[kind] = nil
        for room in kind.rooms { ofRoom[room.number].removeAll { $0 == group } }
        groups[group] = Group(Kind(), logSizes)
        free.append(group)
    }
}
