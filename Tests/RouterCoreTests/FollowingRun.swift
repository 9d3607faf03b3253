import NIOCore
@testable import RouterCore
import TestSupport

/// Ticks as no router would mix them, for clients that take what they like, beside what the slow model says of them.
///
/// Clients may be of several forms: then posts are whole frames, and what a client gets is read by one that inflates.
struct FollowingRun {
    private var ticks: RandomTicks
    private var random: Seeded
    private var model = NaiveDelivery()
    private var delivery: Delivery
    private let sink = FollowingSink()
    private let deflate = ClientDeflate()
    /// The window sizes that there are; none where nobody inflates.
    private let forms: [Int]
    private var windowBits: [Int: Int] = [:]
    private var expected: [Int: [UInt8]] = [:]
    /// Who got something else than the model says.
    private(set) var faults: [String] = []
    /// Messages that came compressed, by window size.
    private(set) var compressed: [Int: Int] = [:]

    var keptSpans: Int { sink.keptSpans }

    /// - Parameters:
    ///   - forms: window sizes, 0 for those who do not inflate; empty for posts that are no frames.
    ///   - from: bytes of a frame from which it is compressed.
    init(seed: UInt64, logSizes: SharedLog.Sizes = .init(), forms: [Int] = [], from: Int = 0) {
        ticks = RandomTicks(seed: seed, areFrames: !forms.isEmpty)
        random = Seeded(seed &+ 1_000)
        delivery = Delivery(compression: forms.isEmpty ? nil : Compression(from: from), logSizes: logSizes)
        self.forms = forms
    }

    mutating func turn() {
        let before = ticks.open
        let tick = ticks.next()
        for connection in ticks.open.subtracting(before).sorted() { open(connection) }
        for connection in ticks.ending() { end(connection) }
        sink.open = ticks.open
        sink.most = [:]
        for connection in ticks.open.sorted() {
            if random.happens(1, in: 3) { sink.most[connection] = Int.random(in: 0...40, using: &random) }
            if random.happens(1, in: 3) { sink.drain(connection, upTo: Int.random(in: 0...200, using: &random)) }
        }
        let outcome = model.deliver(tick, behind: sink.behind) { ticks.open.contains($0) }
        delivery.deliver(tick, to: sink)
        for (connection, bytes) in outcome.bytes { expected[connection, default: []] += bytes }
    }

    private mutating func open(_ connection: Int) {
        guard let bits = forms.randomElement(using: &random), bits > 0 else { return }
        windowBits[connection] = bits
        delivery.compress(for: connection, windowBits: bits)
    }

    private mutating func end(_ connection: Int) {
        check(connection)
        delivery.remove(connection)
        model.remove(connection)
        sink.remove(connection)
        (expected[connection], windowBits[connection]) = (nil, nil)
    }

    /// All take what waits for them.
    mutating func end() {
        for connection in ticks.open.sorted() { check(connection) }
    }

    private mutating func check(_ connection: Int) {
        sink.drain(connection, upTo: .max)
        let (got, due) = (sink.got[connection, default: []], expected[connection, default: []])
        guard !forms.isEmpty else {
            if got != due { faults.append("\(connection) got \(String(decoding: got, as: UTF8.self))") }
            return
        }
        do {
            let frames = try DeliveredFrame.all(of: ByteBuffer(bytes: got), windowBits[connection] ?? 0, deflate)
            let plain = try DeliveredFrame.all(of: ByteBuffer(bytes: due), 0, deflate)
            if frames.map(\.text) != plain.map(\.text) { faults.append("\(connection) got \(frames.map(\.text))") }
            compressed[windowBits[connection] ?? 0, default: 0] += frames.count { $0.isCompressed }
        } catch {
            faults.append("\(connection): \(error)")
        }
    }
}

/// A server's frame of a message, read as a client reads it that has agreed on a window of some size.
struct DeliveredFrame {
    let isCompressed: Bool
    let text: String

    struct Fault: Error { let what: String }

    /// - Parameter windowBits: 0 when nothing was agreed on.
    static func all(of bytes: ByteBuffer, _ windowBits: Int, _ deflate: ClientDeflate) throws -> [DeliveredFrame] {
        var (rest, frames) = (bytes, [DeliveredFrame]())
        while let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) {
            let length =
                switch second {
                case 126: Int(rest.readInteger(as: UInt16.self) ?? 0)
                case 127: Int(rest.readInteger(as: UInt64.self) ?? 0)
                default: Int(second)
                }
            guard let payload = rest.readBytes(length: length) else { throw Fault(what: "half a frame") }
            guard first == 0x81 || first == 0xC1 && windowBits > 0 else { throw Fault(what: "it begins with \(first)") }
            let isCompressed = first == 0xC1
            let message = isCompressed ? try deflate.inflated(payload, windowBits: windowBits) : payload
            frames.append(DeliveredFrame(isCompressed: isCompressed, text: String(decoding: message, as: UTF8.self)))
        }
        return frames
    }
}
