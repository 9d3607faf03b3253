/// A fault of the server, planted between it and its clients, to show that a script would notice it.
public enum PlantedFault: Sendable {
    /// Loses the first frame of a type that a client gets.
    case lose(type: String)
    /// Delivers every frame of a type twice.
    case double(type: String)
    /// Swaps the first two frames of a type that a client gets.
    case swap(type: String)
    /// Holds back the first frame of a type that a client gets until after the frame that follows it.
    case late(type: String)
    /// Replaces text in every frame of a type.
    case replace(type: String, text: String, by: String)
    /// Sends a client this frame whenever it sends one of a type.
    case answer(type: String, with: String)
    /// Sends one more frame after each frame of a type.
    case add(String, after: String)
    /// Closes with another code.
    case close(Int, as: Int)
    /// Sends one more frame after a close.
    case afterClose(String)
}

/// Plants at most one fault into all connections of a conversation.
final class ConversationFaults {
    private let fault: PlantedFault?
    private var held: [String: ServerFrame] = [:]
    private var done: Set<String> = []

    init(_ fault: PlantedFault?) { self.fault = fault }

    /// What a client sees instead of a frame.
    func received(_ frame: ServerFrame, by client: String) -> [ServerFrame] {
        switch (fault, frame) {
        case (.close(let code, let other), .close(let sent, let reason)) where sent == code:
            [.close(other, reason: reason)]
        case (.afterClose(let extra), .close): [frame, .text(extra)]
        case (.some(let fault), .text(let text)): changed(text, fault, client)
        default: [frame]
        }
    }

    private func changed(_ text: String, _ fault: PlantedFault, _ client: String) -> [ServerFrame] {
        let frame = ServerFrame.text(text)
        switch fault {
        case .lose(let type) where text.isFrame(of: type) && !done.contains(client):
            done.insert(client)
            return []
        case .double(let type) where text.isFrame(of: type): return [frame, frame]
        case .swap(let type) where text.isFrame(of: type),
            .late(let type) where text.isFrame(of: type) || held[client] != nil:
            return delayed(frame, client)
        case .replace(let type, let old, let new) where text.isFrame(of: type):
            return [.text(text.replacing(old, with: new))]
        case .add(let extra, let type) where text.isFrame(of: type): return [frame, .text(extra)]
        default: return [frame]
        }
    }

    /// Once for each client: keeps the first frame until the second, and gives both in the wrong order.
    private func delayed(_ frame: ServerFrame, _ client: String) -> [ServerFrame] {
        guard !done.contains(client) else { return [frame] }
        guard let first = held.removeValue(forKey: client) else {
            held[client] = frame
            return []
        }
        done.insert(client)
        return [frame, first]
    }

    /// What a client gets because of what it sent.
    func afterSending(_ bytes: [UInt8], by client: String) -> [ServerFrame] {
        guard case .answer(let type, let reply) = fault, unmasked(bytes)?.isFrame(of: type) == true else { return [] }
        return [.text(reply)]
    }

    /// The text of a short frame of a client.
    private func unmasked(_ bytes: [UInt8]) -> String? {
        guard bytes.count > 6, bytes[0] == 0x81, bytes[1] & 0x7F < 126 else { return nil }
        return String(decoding: bytes[6...].enumerated().map { $1 ^ bytes[2 + $0 & 3] }, as: UTF8.self)
    }
}

extension String {
    /// Whether it is a frame of a type, as this server and the scripts write them.
    fileprivate func isFrame(of type: String) -> Bool { contains("\"type\":\"\(type)\"") }
}
