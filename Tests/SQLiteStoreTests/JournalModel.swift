import NIOCore
import RouterCore
import Seeds
import Synchronization

@testable import SQLiteStore

/// Everything that was committed, and what the rules say of it.
struct JournalModel {
    private(set) var posts: [JournalRow] = []
    private(set) var messages: [(row: JournalRow, receiver: Int64)] = []
    private(set) var lastId: Int64 = 0
    var now: Int64 = 1_000
    private let users: ClosedRange<Int64> = 1...6

    mutating func nextGroup(_ random: inout Seeded) -> JournalGroup {
        var group = JournalGroup()
        now += Int64.random(in: 0...3, using: &random)
        for _ in 0..<Int.random(in: 0...25, using: &random) {
            lastId += Int64.random(in: 1...3, using: &random)
            let sender = Int64.random(in: users, using: &random)
            let text = "\"" + String(repeating: "x", count: Int.random(in: 0...40, using: &random)) + "\""
            if random.chance(4) {
                send(text, from: sender, &group, &random)
            } else {
                let room = Int.random(in: 0..<3, using: &random)
                group.post(lastId, room: room, from: sender, text, at: now, key: random.chance(3) ? ("k", 1) : nil)
                posts.append(row(lastId, allRooms[room], from: sender, text, at: now))
            }
        }
        return group
    }

    private mutating func send(_ text: String, from sender: Int64, _ group: inout JournalGroup, _ random: inout Seeded)
    {
        let receiver = Int64.random(in: users, using: &random)
        let isKept = !random.chance(4)
        group.send(lastId, to: receiver, from: sender, isKept ? text : nil, at: now, key: isKept ? nil : ("k", 1))
        if isKept { messages.append((row(lastId, nil, from: sender, text, at: now), receiver)) }
    }

    func missed(_ random: inout Seeded) -> Missed {
        var stays: [SessionRecord.Stay] = []
        for room in allRooms + ["nowhere"] {
            var after = Int64.random(in: 0...lastId, using: &random)
            while random.happens(2, in: 3) {
                let upTo = after + Int64.random(in: 0...40, using: &random)
                stays.append(.init(room: room, after: after, upTo: random.chance(5) ? nil : upTo))
                if stays[stays.count - 1].upTo == nil { break }
                after = upTo + Int64.random(in: 0...30, using: &random)
            }
        }
        let after = Int64.random(in: 0...lastId, using: &random)
        let upTo = random.chance(2) ? .max : Int64.random(in: 0...lastId, using: &random)
        return Missed(
            user: .random(in: users, using: &random), after: after, upTo: upTo, stays: stays.shuffled(using: &random))
    }

    func rows(_ missed: Missed) -> [JournalRow] {
        let counts = { (id: Int64) in id > missed.after && id <= missed.upTo }
        let posts = self.posts.filter { post in
            counts(post.id) && post.sender != missed.user
                && missed.stays.contains { $0.room == post.room && post.id > $0.after && post.id <= $0.upTo ?? .max }
        }
        let messages = self.messages.filter { counts($0.row.id) && $0.receiver == missed.user }.map(\.row)
        return (posts + messages).sorted { $0.id < $1.id }
    }
}

extension JournalRow {
    var bytes: Int { senderName.readableBytes + content.readableBytes }
}
