import NIOCore
import RouterCore

/// A group of posts as bytes of a record, and back.
struct GroupRecord {
    private var bytes = ByteBuffer()
    /// Whether the bytes ended before the group did.
    private var isCut = false

    private enum Tag: UInt8 { case entry = 1, lastUser, lastMessage, session, forgotten }

    static func bytes(of group: JournalGroup) -> [UInt8] {
        var record = GroupRecord()
        for entry in group.entries { record.write(entry, of: group) }
        if let user = group.lastUser { record.write(.lastUser, user) }
        if let message = group.lastMessage { record.write(.lastMessage, message) }
        for session in group.sessions { record.write(session) }
        for session in group.forgotten { record.write(.forgotten, session) }
        return Array(record.bytes.readableBytesView)
    }

    /// What the bytes say. Of a record that is cut it is what stands there whole.
    static func group(from bytes: [UInt8]) -> JournalGroup {
        var record = GroupRecord()
        record.bytes.writeBytes(bytes)
        var group = JournalGroup()
        while !record.isCut, let tag = record.bytes.readInteger(as: UInt8.self).flatMap(Tag.init) {
            record.read(tag, into: &group)
        }
        return group
    }

    // MARK: - Writing

    private mutating func write(_ tag: Tag, _ number: Int64) {
        bytes.writeInteger(tag.rawValue)
        bytes.writeInteger(number)
    }

    private mutating func write(_ text: some Collection<UInt8>) {
        bytes.writeInteger(UInt32(text.count))
        bytes.writeBytes(text)
    }

    private mutating func write(_ number: Int64?) {
        bytes.writeInteger(number == nil ? 0 : 1 as UInt8)
        bytes.writeInteger(number ?? 0)
    }

    private mutating func write(_ entry: JournalGroup.Entry, of group: JournalGroup) {
        func text(_ range: Range<Int>?) -> ByteBufferView { group.bytes.readableBytesView[range ?? 0..<0] }
        write(.entry, entry.id)
        bytes.writeMultipleIntegers(entry.timestamp, entry.sender)
        write("\(entry.type)".utf8)
        write(text(entry.senderName))
        switch entry.target {
        case .room(let number):
            write(Int64(number))
            write(Int64?.none)
            write(text(nil))
        case .user(let id, let name):
            write(Int64?.none)
            write(id)
            write(text(name))
        }
        write(entry.content.map { Int64($0.count) })
        write(text(entry.content))
        write(entry.key.map { Int64(bitPattern: $0.digest) })
        write(text(entry.key?.text))
    }

    private mutating func write(_ session: SessionRecord) {
        write(.session, session.id)
        write(session.name.utf8)
        bytes.writeInteger(session.connectedAt)
        bytes.writeInteger(UInt32(session.stays.count))
        for stay in session.stays {
            write(stay.room.utf8)
            bytes.writeInteger(stay.after)
            write(stay.upTo)
        }
        write(session.token)
        write(session.previousToken)
        write(session.leftAt)
        bytes.writeInteger(session.lastUnkept)
    }

    // MARK: - Reading

    private mutating func number() -> Int64 {
        let number = bytes.readInteger(as: Int64.self)
        if number == nil { isCut = true }
        return number ?? 0
    }

    private func isWhole(_ number: Int64) -> Int64? { isCut ? nil : number }

    private mutating func optional() -> Int64? {
        let isThere = bytes.readInteger(as: UInt8.self) == 1
        let number = number()
        return isThere ? number : nil
    }

    private mutating func text() -> [UInt8] {
        let length = Int(bytes.readInteger(as: UInt32.self) ?? 0)
        if length > bytes.readableBytes { isCut = true }
        return bytes.readBytes(length: min(length, bytes.readableBytes)) ?? []
    }

    private mutating func read(_ tag: Tag, into group: inout JournalGroup) {
        switch tag {
        case .entry: readEntry(into: &group)
        case .lastUser: group.lastUser = isWhole(number())
        case .lastMessage: group.lastMessage = isWhole(number())
        case .session:
            let session = session()
            if !isCut { group.sessions.append(session) }
        case .forgotten: if let id = isWhole(number()) { group.forgotten.append(id) }
        }
    }

    private mutating func readEntry(into group: inout JournalGroup) {
        func keep(_ text: [UInt8]) -> Range<Int> { text.withUnsafeBytes { group.keep($0) } }
        let (id, timestamp, sender) = (number(), number(), number())
        let type: StaticString = String(decoding: text(), as: UTF8.self) == "image" ? "image" : "message"
        let name = keep(text())
        let (room, user, userName) = (optional(), optional(), keep(text()))
        let (hasContent, content) = (optional() != nil, keep(text()))
        let (digest, key) = (optional(), keep(text()))
        if isCut { return }
        group.add(
            .init(
                id: id, timestamp: timestamp, type: user == nil ? type : "private_message", sender: sender,
                senderName: name, target: user.map { .user($0, name: userName) } ?? .room(Int(room ?? 0)),
                content: hasContent ? content : nil,
                key: digest.map { .init(text: key, digest: UInt64(bitPattern: $0)) }))
    }

    private mutating func session() -> SessionRecord {
        let id = number()
        let name = String(decoding: text(), as: UTF8.self)
        let connectedAt = number()
        let count = Int(bytes.readInteger(as: UInt32.self) ?? 0)
        if count > bytes.readableBytes { isCut = true }
        let stays = (0..<min(count, bytes.readableBytes)).map { _ in
            SessionRecord.Stay(room: String(decoding: text(), as: UTF8.self), after: number(), upTo: optional())
        }
        return SessionRecord(
            id: id, name: name, connectedAt: connectedAt, stays: stays, token: text(), previousToken: text(),
            leftAt: optional(), lastUnkept: number())
    }
}
