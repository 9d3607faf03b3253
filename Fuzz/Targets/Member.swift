import HandlerTesting
import NIOCore
import TestSupport

/// A client, and what it has been told: each frame has to fit what came before.
final class Member {
    let link: any ConversationLink
    /// Even ones answer pings and close frames.
    private let place: Int
    private let posts: PostRecord
    /// What it has offered to inflate with, and the size of the window, in bits.
    private let deflate: (zlib: ClientDeflate, windowBits: Int)?
    private var unread = ByteBuffer()
    private var isUpgraded = false
    private var isClosed = false
    /// Whether what it sends may be read otherwise than it was meant.
    var isSpoiled = false

    /// 0 before the welcome.
    private(set) var id = 0
    /// Of those who are online.
    private(set) var names: [Int: String] = [:]
    private(set) var rooms: Set<String> = ["general"]
    private var lastId = 0
    private var lastReference = 1_000_000
    /// References that have not been answered, with the room of the post that they are for.
    private(set) var awaited: [Int: String?] = [:]
    /// In this step.
    private(set) var accepted: [(id: Int, room: String)] = []
    private(set) var seen: Set<Int> = []
    /// As last told.
    private(set) var membersOfRooms: [Int] = []

    init(
        place: Int, link: any ConversationLink, posts: PostRecord, deflate: (zlib: ClientDeflate, windowBits: Int)?
    ) {
        (self.place, self.link, self.posts, self.deflate) = (place, link, posts, deflate)
    }

    var isUser: Bool { id > 0 && !isClosed }

    func beginStep() { (accepted, seen) = ([], []) }

    // MARK: - Sending

    func send(_ bytes: [UInt8]) throws { try link.send(bytes) }

    /// - Parameter isBad: whether for a version of the protocol that there is not.
    func upgrade(isBad: Bool) throws {
        let lines = [
            "GET / HTTP/1.1", "Host: 127.0.0.1:8080", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: \(isBad ? 12 : 13)",
        ]
        let offer = deflate.map {
            "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=\($0.windowBits)"
        }
        try send(Array((lines + [offer].compactMap(\.self) + ["", ""]).joined(separator: "\r\n").utf8))
    }

    /// - Parameters:
    ///   - request: a JSON object without its closing brace.
    ///   - room: for posts, the room where they belong.
    func ask(_ request: String, in room: String? = nil, inPieces pieces: Int = 0) throws {
        lastReference += 1
        if !isSpoiled { awaited[lastReference] = .some(room) }
        let text = Array((request + #","ref":\#(lastReference)}"#).utf8)
        // Every other time, where that is agreed on.
        let isCompressed = isUpgraded && deflate != nil && lastReference.isMultiple(of: 2)
        let bytes = isCompressed ? deflate?.zlib.compressed(text) ?? text : text
        let first: UInt8 = isCompressed ? 0x41 : 0x01
        guard pieces > 0 else { return try send(MaskedFrame.frame(0x80 | first, bytes)) }
        let cut = min(pieces, bytes.count)
        try send(MaskedFrame.frame(first, Array(bytes[..<cut])) + MaskedFrame.frame(0x80, Array(bytes[cut...])))
    }

    // MARK: - Receiving

    /// - Returns: false when the connection has ended.
    func receive() throws -> Bool {
        while true {
            switch try link.receive(waiting: false) {
            case .nothing: return true
            case .end: return false
            case .bytes(let bytes):
                unread.writeBytes(bytes)
                try read()
            }
        }
    }

    private func read() throws {
        if !isUpgraded {
            let text = String(buffer: unread)
            guard text.hasPrefix("HTTP/1.1 101"), let end = text.firstRange(of: "\r\n\r\n") else {
                return unread.clear()
            }
            unread.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
            isUpgraded = true
            let agreed = deflate.map { "; server_max_window_bits=\($0.windowBits)\r\n" }
            try require(
                agreed.map(text.contains) ?? !text.contains("Sec-WebSocket-Extensions"), "agreed on otherwise: \(text)")
        }
        for frame in try takeFrames() {
            try require(!isClosed, "\(id) gets something behind a close frame: \(frame.text)")
            switch frame.opcode {
            case 1: try see(try ReceivedFrame(frame.text))
            case 8: try close(frame)
            case 9: if place.isMultiple(of: 2), !isSpoiled { try send(MaskedFrame.frame(0x8A, frame.payload)) }
            case 10: break
            default: throw BrokenRule("\(id) gets opcode \(frame.opcode)")
            }
        }
    }

    private func takeFrames() throws -> [ServerFrame] {
        guard let deflate else { return ServerFrame.take(from: &unread) }
        do {
            return try ServerFrame.take(from: &unread) {
                try deflate.zlib.inflated($0, windowBits: deflate.windowBits)
            }
        } catch let fault as ClientDeflate.Fault {
            throw BrokenRule("\(id) can't inflate what it gets: \(fault.what)")
        }
    }

    private func close(_ frame: ServerFrame) throws {
        isClosed = true
        try require(frame.closeCode != 1011, "closed for a fault of the server's own: \(frame.closeReason)")
        if place.isMultiple(of: 2) { try send(MaskedFrame.frame(0x88, Array(frame.payload.prefix(2)))) }
    }

    // MARK: - Frames

    private func see(_ frame: ReceivedFrame) throws {
        try checkAnswer(frame)
        switch frame.type {
        case "welcome": try welcome(frame)
        case "users": try users(frame)
        case "join", "leave", "user_renamed": try presence(frame)
        case "name_changed": names[id] = frame.content["new_name"] as? String
        case "stats": try count(frame)
        case "message", "image", "private_message": try post(frame)
        case "private_message_sent": try order(frame, isReceipt: true)
        case "room_joined": if let room = frame.content["room"] as? String { rooms.insert(room) }
        case "room_left": if let room = frame.content["room"] as? String { rooms.remove(room) }
        case "rooms": membersOfRooms = frame.contentList.compactMap { $0["members"] as? Int }
        case "room_join", "room_leave": try stranger(frame.content["user_id"] as? Int, frame)
        case "typing": try stranger(frame.content["user_id"] as? Int, frame)
        case "history": try history(frame)
        case "ack", "error": break
        default: throw BrokenRule("\(id) gets a frame of type \(frame.type)")
        }
    }

    private func checkAnswer(_ frame: ReceivedFrame) throws {
        try require(frame.code != "internal_error", "a fault of the server's own: \(frame.text)")
        guard let reference = frame["ref"] as? Int, reference > 1_000_000, !isSpoiled else { return }
        guard let room = awaited.removeValue(forKey: reference) else {
            throw BrokenRule("\(reference) is answered again: \(frame.text)")
        }
        if frame.type == "ack", let room, let post = frame.content["id"] as? Int { accepted.append((post, room)) }
    }

    private func welcome(_ frame: ReceivedFrame) throws {
        try require(id == 0, "a second welcome: \(frame.text)")
        id = frame.content["user_id"] as? Int ?? 0
    }

    private func users(_ frame: ReceivedFrame) throws {
        let list = frame.contentList.map { ($0["id"] as? Int ?? 0, $0["name"] as? String ?? "") }
        let listed = Dictionary(list) { first, _ in first }
        try require(listed.count == list.count, "a user is listed twice: \(frame.text)")
        try require(listed[id] != nil, "\(id) is not in its own list")
        try require(names.isEmpty || names == listed, "\(id) knows \(names), and the list is \(listed)")
        names = listed
    }

    private func presence(_ frame: ReceivedFrame) throws {
        let user = frame.content["user_id"] as? Int
        try stranger(frame.type == "join" ? nil : user, frame)
        guard let user else { throw BrokenRule("no user in \(frame.text)") }
        switch frame.type {
        case "join":
            try require(names[user] == nil, "\(user) joins twice: \(frame.text)")
            names[user] = frame.content["user_name"] as? String
            try count(frame)
        case "leave":
            names[user] = nil
            try count(frame)
        default:
            try require(names[user] == frame.content["old_name"] as? String, "another name: \(frame.text)")
            names[user] = frame.content["new_name"] as? String
        }
    }

    /// Somebody else, who is online.
    private func stranger(_ user: Int?, _ frame: ReceivedFrame) throws {
        guard let user else { return }
        try require(user != id && names[user] != nil, "\(id) gets what is of nobody else: \(frame.text)")
    }

    private func count(_ frame: ReceivedFrame) throws {
        let online = frame.content["users_online"] as? Int
        try require(online == names.count, "\(id) knows \(names.count) users, and is told: \(frame.text)")
    }

    private func post(_ frame: ReceivedFrame) throws {
        try order(frame, isReceipt: false)
        let sender = frame["from_id"] as? Int ?? 0
        let room = frame["room"] as? String
        if frame.type == "private_message" {
            try require(names[sender] == frame["from_name"] as? String, "\(id) gets this from nobody: \(frame.text)")
        } else {
            try stranger(sender, frame)
            try require(room.map(rooms.contains) == true, "\(id) is not in this room: \(frame.text)")
        }
        seen.insert(frame.id)
        try posts.note(frame.id, "\(frame.type) of \(sender) in \(room ?? "none"): \(frame["content"] ?? "")")
    }

    /// To oneself the message and its receipt have the same id.
    private func order(_ frame: ReceivedFrame, isReceipt: Bool) throws {
        try require(
            frame.id > lastId || frame.id == lastId && isReceipt, "\(id) gets this behind \(lastId): \(frame.text)")
        lastId = frame.id
    }

    private func history(_ frame: ReceivedFrame) throws {
        let ids = frame.contentList.compactMap { $0["id"] as? Int }
        try require(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 }, "a history out of order: \(frame.text)")
    }
}
