import HandlerTesting

/// Conversations of several clients with a whole server in memory: whatever they send and however they end, the others see
/// a room in which everything is as the protocol says.
///
/// The first byte of an input chooses the server's limits; each byte behind it is something that a client does, and some
/// take further bytes.
enum ConversationFuzz {
    /// Enough to bring about anything, and few enough to be quick.
    private static let maxActs = 64

    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let company = try Company(choice: input.byte())
        var acts = 0
        while !input.isEmpty, acts < maxActs {
            acts += 1
            try Act(input.byte()).perform(&input, in: company)
        }
        try company.disperse()
    }
}

/// What one client does.
struct Act {
    /// The client's place.
    private let place: Int
    private let kind: Kind

    enum Kind: CaseIterable {
        case post, postToRoom, image, whisper, rename, join, joinToo, leaveRoom, ask, history, typing, keyed
        case come, comeBadly, pieces, text, bytes, ping, close, finish, reset, wait, atOnce
    }

    init(_ byte: UInt8) {
        place = Int(byte) % Company.places
        kind = Kind.allCases[Int(byte) / Company.places % Kind.allCases.count]
    }

    func perform(_ input: inout FuzzInput, in company: Company) throws {
        switch kind {
        case .wait: try company.step { company.wait(.seconds(Int(input.byte() & 31))) }
        case .atOnce:
            let acts = (0...Int(input.byte() & 7)).map { _ in Act(input.byte()) }
            var rest = input
            try company.step(atOnce: true) {
                for act in acts where act.isOfOne { try act.perform(&rest, by: company) }
            }
            input = rest
        default: try company.step { try perform(&input, by: company) }
        }
    }

    private var isOfOne: Bool { kind != .wait && kind != .atOnce }

    private func perform(_ input: inout FuzzInput, by company: Company) throws {
        guard let member = company.members[place] else { return try company.come(place, badly: kind == .comeBadly) }
        let isFirst = company.actors.insert(place).inserted
        switch kind {
        case .text: try member.send(TextFrame.bytes(input.bytes(Int(input.byte() & 63))))
        case .bytes:
            member.isSpoiled = true
            try member.send(input.bytes(Int(input.byte() & 63)))
        case .pieces: try member.ask(#"{"type":"message","content":"in pieces""#, inPieces: Int(input.byte()))
        case .ping: try member.send(MaskedFrame.frame(0x89, input.bytes(Int(input.byte() & 7))))
        case .close:
            member.isSpoiled = true
            try member.send(MaskedFrame.frame(0x88, [0x03, 0xE8]))
        case .finish: try company.end(place) { try $0.finish() }
        case .reset: try company.end(place) { try $0.reset() }
        default:
            guard let (text, room) = request(input.byte(), of: member, knowingRooms: isFirst) else { return }
            try member.ask(text, in: room)
        }
    }

    /// What a member asks for: JSON without its end, to which a reference comes; and the room that it is for.
    ///
    /// - Parameter knowingRooms: whether the member has been told of all its moves.
    private func request(
        _ choice: UInt8, of member: Member, knowingRooms: Bool
    ) -> (text: String, room: String?)? {
        let room = Company.rooms[Int(choice) % Company.rooms.count]
        let only = knowingRooms && member.rooms.count == 1 ? member.rooms.first : nil
        return switch kind {
        case .post: (#"{"type":"message","content":"\#(choice) :smile:""#, only)
        case .postToRoom: (#"{"type":"message","content":"\#(choice)","room":"\#(room)""#, room)
        case .image: (#"{"type":"image","url":"https://example.org/\#(choice)""#, only)
        case .whisper: (#"{"type":"private_message","to_id":\#(choice & 15),"content":"psst""#, nil)
        case .rename: (#"{"type":"set_name","name":"Name \#(choice & 7)""#, nil)
        case .join: (#"{"type":"join_room","room":"\#(room)""#, nil)
        case .joinToo: (#"{"type":"join_room","stay":true,"room":"\#(room)""#, nil)
        case .leaveRoom: (#"{"type":"leave_room","room":"\#(room)""#, nil)
        case .ask: (#"{"type":"get_\#(["users", "stats", "rooms", "nothing"][Int(choice & 3)])""#, nil)
        case .history: (#"{"type":"get_history","room":"\#(room)","limit":\#(choice)"#, nil)
        case .typing: (#"{"type":"typing","is_typing":\#(choice & 1 == 0)"#, nil)
        case .keyed: (#"{"type":"message","key":"\#(choice & 3)","content":"\#(choice & 4)""#, nil)
        default: nil
        }
    }
}

private enum TextFrame {
    static func bytes(_ text: [UInt8]) -> [UInt8] { MaskedFrame.frame(0x81, text) }
}
