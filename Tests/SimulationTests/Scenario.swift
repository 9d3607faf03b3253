import Foundation
import HandlerKit
import HandlerTesting
import Handlers
import Logging
import RouterConfig
@testable import RouterCore
import RouterServer
import Seeds

/// What a seed stands for: how many clients, how many steps, and which kinds of trouble there are.
struct Scenario: Sendable {
    let seed: UInt64
    let loops: Int
    /// Most clients that are there at a time.
    let clients: Int
    var steps: Int
    /// Whether the bytes of clients come in pieces of any size; otherwise as they were sent.
    let splitsReads: Bool
    /// Whether sockets take less than they could.
    let writesShort: Bool
    /// Whether clients end in other ways than by a close frame.
    let resets: Bool
    /// Whether some clients take nothing for a while, or are silent.
    let stalls: Bool
    /// Whether handlers throw and wait, and the archive waits and fails.
    let handlersFail: Bool
    /// Whether clients send what no client should.
    let isHostile: Bool
    let jumps: Bool
    let looksAgain: Bool
    let interval: Duration
    /// Whether the server ends it all.
    let stops: Bool
    /// Most bytes of a content.
    let longest: Int
    /// Bytes that a socket holds for its client.
    let socketRoom: Int
    /// Whether there is room for four users.
    let isFull: Bool
    let limits: [(String, String)]
    /// Whether the server compresses, and from how many bytes on.
    let compresses: Bool
    let compressFrom: Int
    /// Of the logs that are kept for those who are behind.
    let logSizes: SharedLog.Sizes
    /// Where clients come from.
    let homes: [Home]
    let homeLimits: HomeLimits
    /// Of the disk that posts are kept on; nil for none.
    let durability: Durability?
    /// Whether clients come back to their sessions.
    let resumes: Bool
    /// How long the others see no leave of somebody who may come back.
    let grace: Duration
    /// Ids that are set aside at once, when these are so few that they run out.
    let idBlocks: IdSource.Blocks?

    /// Every 50th seed has hundreds of clients.
    init(seed: UInt64) {
        var random = Seeded(seed &* 2_654_435_761)
        self.seed = seed
        let isCrowded = seed.isMultiple(of: 50)
        loops = random.chance(2) ? 1 : Int.random(in: 2...3, using: &random)
        clients = isCrowded ? Int.random(in: 100...160, using: &random) : random.pick([3, 5, 8, 20])
        steps = isCrowded ? 80 : Int.random(in: 20...70, using: &random)
        splitsReads = random.chance(2)
        writesShort = random.chance(3)
        resets = !random.chance(4)
        stalls = random.chance(2)
        handlersFail = random.chance(2)
        isHostile = random.chance(3)
        jumps = random.chance(2)
        looksAgain = random.chance(3)
        interval = random.chance(4) ? .milliseconds(5) : .zero
        stops = random.chance(6)
        longest = isCrowded ? 60 : random.pick([20, 200, 200, 9_000])
        socketRoom = random.pick([700, 4_000, 30_000])
        isFull = !isCrowded && random.chance(10)
        let limits = Self.limits(isFull, &random)
        compresses = !random.chance(8)
        compressFrom = random.pick([0, 0, 200, 1_024])
        logSizes = random.chance(2) ? .init() : .init(chunk: random.pick([300, 2_000]), chain: random.pick([1, 2, 4]))
        durability = random.chance(2) ? Durability(&random) : nil
        resumes = !random.chance(3)
        // Of a sequence of its own, or what comes behind it would be another seed.
        var more = Seeded(seed &* 40_503 &+ 7)
        grace = resumes && more.chance(3) ? more.pick([.milliseconds(400), .seconds(3)]) : .zero
        idBlocks = durability != nil && !isCrowded && more.chance(3) ? .init(users: 8, messages: 60) : nil
        let isNarrow = random.chance(3)
        homes = isNarrow ? Home.some(&random) : [.loopback]
        homeLimits = isNarrow ? .small(&random, crowd: isCrowded ? 10 : 1) : .shipped
        self.limits =
            limits.map { ($0.0 == "max_room_posts" && seed.isMultiple(of: 3)) ? ($0.0, "0") : $0 }
            + (isNarrow ? homeLimits.settings : [])
    }

    private static func limits(_ isFull: Bool, _ random: inout Seeded) -> [(String, String)] {
        // Pings mark how far everybody has got.
        var limits = [("max_outbox_bytes", "64 KiB"), ("max_control_frames", "100000")]
        if random.chance(3) { limits.append(("max_room_posts", "7")) }
        if random.chance(4) { limits.append(("max_waiting_messages", "2")) }
        if random.chance(4) { limits.append(("max_background_work", "2")) }
        if isFull { limits.append(("max_connections", "4")) }
        return limits
    }

    /// Posts that a room keeps in memory.
    var keptPosts: Int { limits.first { $0.0 == "max_room_posts" }.flatMap { Int($0.1) } ?? 1_000 }

    /// Whether whoever is away gets private messages when it comes back.
    var keepsPrivateMessages: Bool { durability?.keepsPrivateMessages ?? false }

    /// Whether even the newest may have to be read from a disk, which may fail.
    var readsLate: Bool { durability != nil && keptPosts < 1_000 }

    /// Whether some older ones can't be seen any more.
    func forgets(of count: Int) -> Bool { durability == nil && count > keptPosts }
}

/// What happens to the disk that posts are kept on.
struct Durability: Sendable {
    /// Whether nothing can be written for a while, now and then.
    let fails: Bool
    /// Whether the machine stops, now and then.
    let crashes: Bool
    let keepsPrivateMessages: Bool
    /// How many steps a group takes to be written, and to be synced, and to be known as that, about.
    let pace: Int

    fileprivate init(_ random: inout Seeded) {
        fails = random.chance(2)
        crashes = !random.chance(3)
        keepsPrivateMessages = random.chance(2)
        pace = random.pick([1, 1, 2, 5])
    }
}

/// The shipped configuration, with a handler that makes trouble in the middle of its pipeline.
enum Shipped {
    private static let file = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "config/chat.yaml").path

    private static let loaded = Result {
        let loaded = try ConfigurationFile.load(file, handlers: bundledHandlers)
        return (options: loaded.configuration, plan: loaded.plan)
    }

    static let rooms = ["general", "random", "gaming"]

    static func options(
        for scenario: Scenario, _ clock: ManualClock, _ log: Logger, _ journal: OpenJournal?, seed: UInt64,
        grace: Duration
    ) throws -> ServerOptions {
        let (configuration, shipped) = try loaded.get()
        var plan = shipped
        var random = Seeded(scenario.seed)
        // Before all those that answer what it looks at, but for one that only looks itself.
        plan.entries.insert(PipelinePlan.Entry(Trouble.self), at: Int.random(in: 0...2, using: &random))
        let limits = Limits()
        let settings = Dictionary(uniqueKeysWithValues: HandlerKit.settings(of: limits).map { ($0.name, $0.setting) })
        for (name, value) in scenario.limits {
            guard settings[name]?.assign(.scalar(value, quoted: false)) == .some(nil) else {
                throw UnknownLimit(name: name)
            }
        }
        // Time jumps by more than half a minute while clients are in the middle of a message.
        let timeouts = Timeouts()
        for (name, value) in [("message", "10m"), ("grace", "\(grace.milliseconds)ms")] {
            let setting = HandlerKit.settings(of: timeouts).first { $0.name == name }?.setting
            guard setting?.assign(.scalar(value, quoted: false)) == .some(nil) else { throw UnknownLimit(name: name) }
        }
        var options = ServerOptions(
            listen: configuration.listen, allowedOrigins: configuration.allowedOrigins, limits: limits,
            timeouts: timeouts, plan: plan, ioThreads: scenario.loops,
            deliveryInterval: scenario.interval, compression: scenario.compresses,
            compressFrom: ByteCount(scenario.compressFrom), clock: clock, log: log)
        options.journal = journal
        options.random = CountingTokens(from: seed &<< 20)
        return options
    }

    private struct UnknownLimit: Error { let name: String }
}
