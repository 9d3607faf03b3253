// What a message costs between its bytes and the room's log, in memory: JSON read, handlers, post, window, frame.
//
// Prints a line for each kind of message, and ends with "N passed, N failed": a line fails when messages allocate.
// Times are printed and never judged: they differ from machine to machine.

import CAllocations
import Foundation
import HandlerKit
import Handlers
import Logging
import NIOCore
import RouterCore

/// Messages of a turn, as many as a busy sender has under way.
let turn = 64
let turns = 4_000

/// A clock that stands still: reading the system's is the caller's cost.
struct StillClock: RouterClock {
    var unixMilliseconds: Int64 { 1_767_323_045_000 }
    var monotonicMilliseconds: Int64 { 0 }
    func secondsFromUTC(at unix: Int64) -> Int { 0 }
}

/// Takes what is delivered, and keeps nothing.
final class Nowhere: DeliverySink {
    func isOpen(_ connection: Int) -> Bool { true }
    func isBehind(_ connection: Int) -> Bool { false }
    func write(_ bytes: ByteBuffer, to connection: Int) -> Int { bytes.readableBytes }
    func keep(_ bytes: ByteBuffer, for connection: Int) {}
    func keep(_ span: SharedLog.Span, for connection: Int) {}
    func hold(_ connection: Int) {}
    func goOn(_ connection: Int) {}
    func free(_ connection: Int) {}
    func close(_ connection: Int, _ closing: Closing) { preconditionFailure("closed: \(closing.message)") }
}

/// Generous, so that no message is refused.
let unlimited: [SettingInput.Pair] = ["burst", "per_second"].map {
    .init(key: $0, value: .scalar("1000000", quoted: false))
}

func cost(_ name: String, of text: String, allowed: Double) -> Bool {
    let plan = PipelinePlan([
        .init(RateLimit.self, settings: unlimited), .init(Emoji.self), .init(History.self), .init(Broadcast.self),
    ])
    var router = Router(
        Pipeline(plan), limits: Limits(), pingInterval: .seconds(25), clock: StillClock(),
        log: Logger(label: "cost") { _ in SwiftLogNoOpLogHandler() })
    var delivery = Delivery()
    let sink = Nowhere()
    let message = ByteBuffer(string: text)
    for connection in 0..<2 { router.opened(connection, address: "") }

    var (routing, delivering) = (0, 0)
    func run(_ turns: Int) {
        for _ in 0..<turns {
            let start = allocation_count()
            for _ in 0..<turn { router.received(message, from: 0) }
            let tick = router.takeTick()
            let routed = allocation_count()
            delivery.deliver(tick, to: sink)
            router.reuse(tick)
            routing += Int(routed - start)
            delivering += Int(allocation_count() - routed)
        }
    }
    run(turns / 10)  // until the room's window is full and every storage has grown
    (routing, delivering) = (0, 0)
    let time = ContinuousClock().measure { run(turns) }
    let messages = Double(turn * turns)
    let nanoseconds = Double(time.components.attoseconds) / 1e9 + Double(time.components.seconds) * 1e9
    let passed = Double(routing) / messages <= allowed
    print(
        "\(passed ? "passed" : "FAILED")  \(name): \(Int(nanoseconds / messages)) ns a message, "
            + "\(Double(routing) / messages) allocations; delivering allocates \(delivering / turns) times a turn of \(turn)"
    )
    return passed
}

let text = String(repeating: "x", count: 64)
// Storage that a turn's delivery did not give back is allocated anew: a few times a turn, not a message.
let once = 4.0 / Double(turn)
let results = [
    cost("64 bytes of text", of: #"{"type":"message","content":"\#(text)"}"#, allowed: once),
    cost("the same with a ref", of: #"{"type":"message","content":"\#(text)","ref":1}"#, allowed: once),
    // The text that takes the place of the sender's is new.
    cost("with a short code", of: #"{"type":"message","content":"\#(text.dropFirst(7)) :wave:"}"#, allowed: 3 + once),
]
print("\(results.count { $0 }) passed, \(results.count { !$0 }) failed")
if results.contains(false) { exit(1) }
