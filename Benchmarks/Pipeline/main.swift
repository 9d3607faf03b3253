// What a message costs between its bytes and the room's log, in memory: JSON read, handlers, post, window, frame.
//
// Prints a line for each kind of message, and ends with "N passed, N failed": a line fails when messages allocate.
// Times are printed and never judged: they differ from machine to machine. Each is the lowest of many rounds, so that
// what else the machine did meanwhile counts little. For a profiler an argument says how many rounds, and a second one
// with what the line begins that is wanted alone.

import CAllocations
import Foundation
import HandlerKit
import Handlers
import Logging
import NIOCore
import RouterCore

/// Messages of a turn, as many as a busy sender has under way.
let turn = 64
let turnsOfRound = 50
/// The rate limit allows a million messages, as the clock stands still.
let mostRounds = 1_000_000 / (turn * turnsOfRound) - 1
let rounds = min(CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 100, mostRounds)
let wanted = CommandLine.arguments.dropFirst(2).first ?? ""

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
let rateLimit = PipelinePlan.Entry(RateLimit.self, settings: unlimited)

/// What the prototypes were measured with.
let short = PipelinePlan([rateLimit, .init(Emoji.self), .init(History.self), .init(Broadcast.self)])
/// As plugins.yaml has it.
let shipped = PipelinePlan([
    rateLimit, .init(Lobby.self), .init(Rename.self), .init(Handlers.Rooms.self), .init(Emoji.self), .init(Image.self),
    .init(History.self), .init(Typing.self), .init(Private.self), .init(Broadcast.self),
])

/// Two users, one of whom sends.
struct Pair: ~Copyable {
    var router: Router
    var delivery = Delivery()
    let sink = Nowhere()
    let message: ByteBuffer

    init(_ plan: PipelinePlan, sending text: String) {
        router = Router(
            Pipeline(plan), limits: Limits(), pingInterval: .seconds(25), clock: StillClock(),
            log: Logger(label: "cost") { _ in SwiftLogNoOpLogHandler() })
        message = ByteBuffer(string: text)
        for connection in 0..<2 { router.opened(connection, address: "") }
    }

    mutating func takeTurn(_ cost: inout Cost) {
        let start = Moment()
        for _ in 0..<turn { router.received(message, from: 0) }
        let tick = router.takeTick()
        let routed = Moment()
        delivery.deliver(tick, to: sink)
        router.reuse(tick)
        cost.routing += routed - start
        cost.delivering += Moment() - routed
    }
}

struct Moment {
    let time = DispatchTime.now().uptimeNanoseconds
    let allocations = allocation_count()

    static func - (later: Moment, earlier: Moment) -> Cost.Part {
        .init(nanoseconds: Int(later.time - earlier.time), allocations: Int(later.allocations - earlier.allocations))
    }
}

struct Cost {
    struct Part {
        var nanoseconds = 0
        var allocations = 0

        static func += (sum: inout Part, part: Part) {
            sum.nanoseconds += part.nanoseconds
            sum.allocations += part.allocations
        }
    }
    var routing = Part()
    var delivering = Part()
    var nanoseconds: Int { routing.nanoseconds + delivering.nanoseconds }
}

func cost(_ name: String, _ plan: PipelinePlan, _ text: String, allowed: Double) -> Bool {
    guard name.hasPrefix(wanted) else { return true }
    var pair = Pair(plan, sending: text)
    func round() -> Cost {
        var cost = Cost()
        for _ in 0..<turnsOfRound { pair.takeTurn(&cost) }
        return cost
    }
    _ = round()  // until the room's window is full and every storage has grown
    let costs = (0..<rounds).map { _ in round() }.sorted { $0.nanoseconds < $1.nanoseconds }
    let (least, messages) = (costs[0], turn * turnsOfRound)
    let allocations = Double(least.routing.allocations) / Double(messages)
    let passed = allocations <= allowed
    print(
        "\(passed ? "passed" : "FAILED")  \(name): \(least.nanoseconds / messages) ns a message, "
            + "\(least.delivering.nanoseconds / messages) of them to deliver it to 2; \(allocations) allocations; "
            + "delivering allocates \(least.delivering.allocations / turnsOfRound) times a turn of \(turn)")
    return passed
}

let text = String(repeating: "x", count: 64)
let plain = #"{"type":"message","content":"\#(text)"}"#
// Storage that a turn's delivery did not give back is allocated anew: a few times a turn, not a message.
let once = 4.0 / Double(turn)
let results = [
    cost("64 bytes of text", short, plain, allowed: once),
    cost("the same with a ref", short, #"{"type":"message","content":"\#(text)","ref":1}"#, allowed: once),
    // The text that takes the place of the sender's is new.
    cost(
        "with a short code", short, #"{"type":"message","content":"\#(text.dropFirst(7)) :wave:"}"#, allowed: 3 + once),
    cost("through the shipped pipeline", shipped, plain, allowed: once),
    cost("privately", shipped, #"{"type":"private_message","to_id":2,"content":"\#(text)"}"#, allowed: once),
]
print("\(results.count { $0 }) passed, \(results.count { !$0 }) failed")
if results.contains(false) { exit(1) }
