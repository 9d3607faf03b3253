import HandlerTesting
import NIOCore
import NIOEmbedded
@testable import RouterServer
import Seeds
import TestSupport

/// A client: what it sent, what it got, and how it ends.
final class SimulatedClient {
    /// What came, and at which step it was read.
    struct Seen {
        let item: FrameReader.Item
        let words: Words?
        let step: Int
    }

    /// How it ended, of itself.
    enum Ending: Equatable {
        /// With a close frame of this code, or by sending nothing more: everything is to be answered before that.
        case closed(Int)
        case finished
        /// Without a word.
        case gone
    }

    let number: Int
    /// Whether it is the first of a life of the server, who sees everything, and does nothing wrong.
    let isObserver: Bool
    /// Whether its handshake is one that has to be refused.
    let isStranger: Bool
    let home: Home
    /// How it comes back to a session; nil for one who does not.
    let comeback: Comeback?
    /// The number of its first message, by which none in a session is the same as another's.
    var firstRef: Int { comeback.map { $0.former.firstRef + 1_000 } ?? 0 }
    /// Whether another connection has come back to its session, or has tried to.
    var isSucceeded = false
    /// What resumes its session, as far as it knows, and the last id that it has got.
    private(set) var token: String?
    private(set) var newestID: Int
    /// Whether it is back in its session.
    private(set) var isResumed = false
    /// What it says of compression.
    private let offer: Offer?
    private let channel: EmbeddedChannel
    let socket: SimulatedSocket
    private let reading: Reading
    private var random: Seeded
    /// Whether it was cut before anything of it was read.
    let isCut: Bool
    /// At which step it came.
    let cameAt: Int

    private(set) var seen: [Seen] = []
    private(set) var deeds: [Deed] = []
    /// What it has not sent yet.
    private var outgoing = ByteBuffer()
    private var headLeft: Int
    private var isFinishing = false
    private var reader: FrameReader
    private(set) var ending: Ending?
    /// When it has ended of itself: the step, and the time in Unix milliseconds.
    var ended: (step: Int, at: Int64)?
    /// The codes that it has given reason to be closed with.
    var deserved: Set<Int> = []
    /// Until which step it takes nothing.
    var stalledUntil = -1
    /// Whether the machine at the other end has stopped.
    private(set) var isDead = false
    /// Whether it has ever been behind, so that it may do without what can be dropped.
    var wasBehind: Bool { socket.wasBehind }
    /// Whether it answers pings and closes.
    var isMute = false
    private(set) var breach: FrameReader.Breach?
    private(set) var user: Int?
    private(set) var closeCode: Int?
    private(set) var hasClose = false
    private(set) var hasHungUp = false
    private(set) var pings: [String] = []
    private var newest: [String: Int] = [:]
    /// What it has sent with a key and could not be saved, the last time.
    private(set) var refused: Deed?

    /// What a client brings with it.
    struct Kind {
        var isObserver = false
        var comeback: Comeback?
        var home = Home.loopback
        var isStranger = false
        var offer: Offer?
    }

    /// - Parameter compression: whether the server agrees on any.
    init(
        number: Int, _ kind: Kind, _ end: (EmbeddedChannel, SimulatedSocket), _ reading: Reading, at step: Int,
        seed: UInt64, compression: Bool
    ) {
        (self.number, isObserver, comeback) = (number, kind.isObserver, kind.comeback)
        (token, newestID) = (comeback?.token, comeback?.after ?? 0)
        (home, isStranger, offer) = (kind.home, kind.isStranger, kind.offer)
        (channel, socket) = end
        self.reading = reading
        (isCut, cameAt) = (!end.0.isActive, step)
        random = Seeded(seed &+ UInt64(number) &* 7_919)
        reader = FrameReader(compression ? kind.offer : nil, reading.deflate)
        outgoing.writeBytes(
            ClientBytes.upgrade(isBad: isStranger, extensions: kind.offer?.text, isReturning: kind.comeback != nil))
        headLeft = outgoing.readableBytes
    }

    /// Whether the connection stands, as far as the server knows.
    var isConnected: Bool { channel.isActive }
    /// Whether it can take part: it is a user, and nobody has begun to close.
    var isUser: Bool {
        user != nil && !hasClose && ending == nil && isConnected && deserved.isDisjoint(with: [1002, 1007, 1008, 1009])
    }

    /// Whether the server has to count it among those that are no users, and whether it may.
    var isSurelyStranger: Bool {
        isConnected && (headLeft > 0 || hasClose || seen.first.map { $0.item != .answer(101) } == true)
    }
    var mayBeStranger: Bool {
        isConnected
            // Whoever has asked that often may have been refused too often, and not know yet.
            && (user == nil || hasClose || ending != nil || !deserved.isEmpty || wasBehind || deeds.count >= 100)
    }

    /// Whether messages may be compressed, and how many came that are.
    var agreed: Bool { reader.windowBits != nil }
    var inflated: Int { reader.compressed }

    // MARK: - What it does

    func send(_ deed: Deed, inPieces pieces: Int = 1) {
        var deed = deed
        deed.seen = newest
        deeds.append(deed)
        let isBinary = deed.kind == .binary
        if case .tooLarge(let count) = deed.kind, !agreed {
            return _ = outgoing.writeBytes(ClientBytes.frame(0x81, large: count))
        }
        send(deed.bytes, opcode: isBinary ? 2 : 1, pieces)
    }

    /// A message in so many frames; compressed every other time, where that is agreed on.
    private func send(_ message: [UInt8], opcode: UInt8, _ pieces: Int) {
        let isCompressed = agreed && random.chance(2)
        let bytes =
            isCompressed ? reading.deflate.compressed(message, windowBits: offer?.ownBits ?? 15) : message
        let (reserved, pieces) = (isCompressed ? 0x40 : 0 as UInt8, max(1, min(pieces, bytes.count)))
        for piece in 0..<pieces {
            let range = bytes.count * piece / pieces..<bytes.count * (piece + 1) / pieces
            let first: UInt8 = (piece == pieces - 1 ? 0x80 : 0) | (piece == 0 ? reserved | opcode : 0)
            outgoing.writeBytes(ClientBytes.frame(first, Array(bytes[range])))
        }
    }

    func ping() {
        pings.append("\(number)-\(pings.count)")
        outgoing.writeBytes(ClientBytes.frame(0x89, Array(pings[pings.count - 1].utf8)))
    }

    /// What it sends compressed has to be, whatever the server is to think of it.
    func offend(compressed message: [UInt8], _ code: Int) {
        offend(ClientBytes.frame(0xC1, reading.deflate.compressed(message, windowBits: 15)), code)
    }

    /// Bytes for which it has to be closed with this code.
    func offend(_ bytes: [UInt8], _ code: Int) {
        deserved.insert(code)
        outgoing.writeBytes(bytes)
    }

    func close(_ code: Int) {
        guard ending == nil else { return }
        ending = .closed(code)
        outgoing.writeBytes(ClientBytes.close(code))
    }

    /// It sends nothing more, but reads.
    func finish() {
        guard ending == nil else { return }
        ending = .finished
        isFinishing = true
    }

    /// It is gone: at once, or when the server next sends it something.
    func vanish(byWrite: Bool, asError: Bool) {
        guard isConnected else { return }
        ending = .gone
        if byWrite {
            socket.isBroken = true
        } else if asError {
            channel.pipeline.fireErrorCaught(SimulatedFailure())
        } else {
            channel.close(promise: nil)
        }
    }

    /// The machine at the other end has stopped.
    func reset() {
        isDead = true
        socket.isDead = true
        if !hasClose { ending = .gone }
        if isConnected { channel.close(promise: nil) }
    }

    // MARK: - Its bytes

    var hasToSend: Bool { outgoing.readableBytes > 0 || isFinishing }

    /// The server reads, if it wants to.
    func feed(splitting: Bool, _ random: inout Seeded) throws {
        var pieces = 0
        while hasToSend, isConnected, !socket.isBroken, pieces < 40, socket.takeRead() {
            pieces += 1
            if outgoing.readableBytes > 0 {
                let most = min(outgoing.readableBytes, 16_384)
                let length =
                    splitting ? min(most, random.chance(3) ? 1 : Int.random(in: 1...most, using: &random)) : most
                guard let bytes = outgoing.readBytes(length: length) else { return }
                headLeft = max(0, headLeft - length)
                try channel.writeInbound(ByteBuffer(bytes: bytes))
            } else {
                isFinishing = false
                channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
            if isConnected { channel.read() }
        }
    }

    /// Takes what there is for it.
    func take(at step: Int, upTo most: Int = .max) {
        guard step >= stalledUntil, ending != .gone, breach == nil else { return }
        while let bytes = socket.take(upTo: most) {
            reader.add(bytes)
            if most < .max { break }
        }
        do {
            while let item = try reader.next() { try note(item, step) }
        } catch {
            breach = error as? FrameReader.Breach ?? FrameReader.Breach(what: "\(error)")
        }
    }

    private func note(_ item: FrameReader.Item, _ step: Int) throws {
        var words: Words?
        switch item {
        case .text(let text):
            let said = try reading.words(text)
            words = said
            noteSession(said)
            if let id = said.id, let room = said.room { newest[room] = id }
            if said.isUnsaved { refused = deeds.last { $0.key != nil && $0.ref == said.ref } ?? refused }
        case .ping: if !isMute { outgoing.writeBytes(ClientBytes.frame(0x8A, [])) }
        case .close(let code):
            (hasClose, closeCode) = (true, code)
            if ending == nil, !isMute { outgoing.writeBytes(ClientBytes.close(code ?? 1000)) }
        case .answer(101): comeback.map { ask($0, step) }
        case .answer, .pong: break
        }
        seen.append(Seen(item: item, words: words, step: step))
    }

    private func ask(_ comeback: Comeback, _ step: Int) {
        outgoing.writeBytes(ClientBytes.frame(0x81, Array(comeback.text.utf8)))
        guard comeback.isHasty, ending == nil else { return }
        send(Deed(kind: .say("m\(number)-hasty-", room: nil, isImage: false), step: step, ref: "r\(firstRef)"))
        comeback.closesWith.map { close($0) }
    }

    private func noteSession(_ said: Words) {
        if said.type == "welcome" || said.type == "resumed" {
            user = said.content["user_id"] as? Int
            token = said.content["resume"] as? String
            isResumed = said.type == "resumed"
            if !isResumed { newestID = 0 }
        }
        let isOfOthers = ["message", "image", "private_message"].contains(said.type)
        if let id = isOfOthers || said.type == "private_message_sent" ? said.id : nil { newestID = max(newestID, id) }
    }

    /// Whether it has read all that it will ever get.
    var isAtEnd: Bool { socket.isAtEnd }
    var isAmidstFrame: Bool { reader.isAmidst }

    /// As a client does that got a close frame, or has sent the last word.
    func hangUp() {
        hasHungUp = true
        if isConnected { channel.close(promise: nil) }
    }

}
