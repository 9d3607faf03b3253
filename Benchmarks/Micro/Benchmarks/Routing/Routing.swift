import Benchmark
import HandlerKit
import Handlers
import Logging
import NIOCore
import RouterCore

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput], scalingFactor: .kilo, maxDuration: .seconds(2))
    let text = String(repeating: "x", count: 64)
    for (name, json) in [
        ("message", #"{"type":"message","content":"\#(text)"}"#),
        ("message with a ref", #"{"type":"message","content":"\#(text)","ref":1}"#),
        ("private message", #"{"type":"private_message","to_id":2,"content":"\#(text)"}"#),
        ("message that is refused", #"{"type":"message","content":1}"#),
    ] {
        Benchmark("Route a \(name)") { benchmark in
            var crowd = Crowd(of: 2)
            let message = ByteBuffer(string: json)
            crowd.route(message, 2_000)  // until the room's window is full and every storage has grown
            benchmark.startMeasurement()
            crowd.route(message, benchmark.scaledIterations.count)
        }
    }
    for posts in [1, 64] {
        Benchmark("Deliver a turn of \(posts) to 1,000 members") { benchmark in
            var crowd = Crowd(of: 1_000)
            let message = ByteBuffer(string: #"{"type":"message","content":"\#(text)"}"#)
            for _ in 0..<posts { crowd.router.received(message, from: 0) }
            let tick = crowd.router.takeTick()
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { crowd.delivery.deliver(tick, to: crowd.sink) }
            blackHole(crowd.sink.bytes)
        }
    }
}

/// Users of a router with the shipped pipeline, its limits raised.
private struct Crowd: ~Copyable {
    var router: Router
    var delivery = Delivery()
    let sink = Counting()

    init(of members: Int) {
        let unlimited: [SettingInput.Pair] = ["burst", "per_second"].map {
            .init(key: $0, value: .scalar("1000000", quoted: false))
        }
        let plan = PipelinePlan([
            .init(RateLimit.self, settings: unlimited), .init(Lobby.self), .init(Rename.self),
            .init(Handlers.Rooms.self), .init(Emoji.self), .init(Image.self), .init(History.self), .init(Typing.self),
            .init(Private.self), .init(Broadcast.self),
        ])
        let limits = Limits()
        _ = limits.$maxBadMessages.assign(.scalar("10000", quoted: false))
        router = Router(
            Pipeline(plan), limits: limits, pingInterval: .seconds(25), clock: RunningClock(),
            log: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        for connection in 0..<members { router.opened(connection, address: "") }
        deliverTurn()
    }

    mutating func deliverTurn() {
        let tick = router.takeTick()
        delivery.deliver(tick, to: sink)
        router.reuse(tick)
    }

    /// As many messages of the first user, 64 in a turn, of which nothing is delivered.
    mutating func route(_ message: ByteBuffer, _ count: Int) {
        for number in 1...count {
            router.received(message, from: 0)
            if number % 64 == 0 { router.reuse(router.takeTick()) }
        }
        router.reuse(router.takeTick())
    }
}

/// Takes what is delivered, and keeps its size.
private final class Counting: DeliverySink {
    private(set) var bytes = 0

    func isOpen(_ connection: Int) -> Bool { true }
    func isBehind(_ connection: Int) -> Bool { false }
    func write(_ bytes: ByteBuffer, to connection: Int) -> Int {
        self.bytes += bytes.readableBytes
        return bytes.readableBytes
    }
    func keep(_ bytes: ByteBuffer, for connection: Int) {}
    func keep(_ span: SharedLog.Span, for connection: Int) {}
    func hold(_ connection: Int) {}
    func goOn(_ connection: Int) {}
    func free(_ connection: Int) {}
    func close(_ connection: Int, _ closing: Closing) { preconditionFailure("closed: \(closing.message)") }
}

/// A minute passes with every turn: who is refused often is not refused often within 10 seconds.
private final class RunningClock: RouterClock, @unchecked Sendable {  // each benchmark's is its own, and read on one thread
    private var milliseconds: Int64 = 0

    var unixMilliseconds: Int64 { 1_767_323_045_000 }
    var monotonicMilliseconds: Int64 {
        milliseconds += 60_000
        return milliseconds
    }
    func secondsFromUTC(at unix: Int64) -> Int { 0 }
}
