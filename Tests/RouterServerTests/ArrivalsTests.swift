import Handlers
import JSONWire
import NIOCore
import RouterCore
@testable import RouterServer
import TestSupport
import Testing
import WebSocketWire

@Suite("What an I/O loop has for the router")
struct ArrivalsTests {
    private let router = TestRouter([Broadcast.self])
    private let limits = JSONLimits(maxBytes: 10_240, maxDepth: 64, maxMembers: 1_024)

    private func text(_ text: String, from connection: Int, in arrivals: inout Arrivals) {
        arrivals.append(ByteBuffer(string: text), from: connection, limits)
    }

    private func handAll(_ arrivals: inout Arrivals) {
        while !arrivals.isEmpty { router.withRouter { arrivals.handNext(to: &$0) } }
        router.endTurn()
    }

    @Test("texts and everything else reach the router in the order in which they came")
    func order() throws {
        let (ada, bob) = (router.join(), router.join())
        var arrivals = Arrivals()
        text(#"{"type":"message","content":"1","ref":1}"#, from: ada, in: &arrivals)
        arrivals.append(.tooLarge(ada, isText: true))
        text(#"{"type":"message","content":"2","ref":2}"#, from: bob, in: &arrivals)
        text(#"{"type":"message","content":"3","ref":3}"#, from: ada, in: &arrivals)
        arrivals.append(.closedByClient(ada, .normal))
        text(#"{"type":"message","content":"4","ref":4}"#, from: bob, in: &arrivals)
        handAll(&arrivals)
        let toAda = try router.said(to: ada)
        #expect(toAda.map(\.type) == ["ack", "error", "message", "ack"])
        #expect(toAda.map { $0["ref"] as? Int } == [1, nil, nil, 3])
        #expect(toAda[2].contentText == "2")
        let toBob = try router.said(to: bob)
        #expect(toBob.map(\.type) == ["message", "ack", "message", "ack"])
        #expect(toBob.map { $0.type == "message" ? $0.contentText : nil } == ["1", nil, "3", nil])
        #expect(router.closeCode(of: ada) == 1000)
    }

    @Test("storage is kept for the next turn, but not that of a crowd's")
    func storageOfACrowd() {
        let ada = router.join()
        var arrivals = Arrivals()
        func turn(_ count: Int) -> Int {
            for _ in 0..<count { text("{}", from: ada, in: &arrivals) }
            handAll(&arrivals)
            arrivals.clear()
            return arrivals.capacity
        }
        let usual = turn(400)
        #expect(usual >= 400)
        #expect(turn(10) == usual)
        #expect(turn(10_000) <= 1_024)
    }

    @Test(
        "what is no JSON object is refused, and the text behind it is none the worse",
        arguments: ["", "5", "[1]", "{", #"{"type":"message","content":"x"} "# + "x", "\u{FEFF}{}"])
    func refused(bad: String) throws {
        let ada = router.join()
        var arrivals = Arrivals()
        text(bad, from: ada, in: &arrivals)
        text(#"{"type":"message","content":"1","ref":1}"#, from: ada, in: &arrivals)
        handAll(&arrivals)
        #expect(try router.said(to: ada).map(\.type) == ["error", "ack"])
    }

    @Test("what a text said earlier is not what a bad one says that is read into the same storage")
    func storageOfEarlier() throws {
        let ada = router.join()
        var arrivals = Arrivals()
        text(#"{"type":"message","content":"1","ref":1}"#, from: ada, in: &arrivals)
        handAll(&arrivals)
        arrivals.clear()
        _ = try router.said(to: ada)
        text("{", from: ada, in: &arrivals)
        handAll(&arrivals)
        #expect(try router.said(to: ada).map(\.type) == ["error"])
    }

    @Test("full is: 1 MiB of texts or frames in all, or 16,384 events", arguments: Arrival.allCases)
    func full(arrival: Arrival) {
        var arrivals = Arrivals()
        let most = arrival == .event ? Arrivals.mostEvents : Arrivals.mostBytes / 10_240 + 1
        for _ in 1..<most { arrival.add(to: &arrivals, limits) }
        #expect(!arrivals.isFull)
        arrival.add(to: &arrivals, limits)
        #expect(arrivals.isFull)
        arrivals.clear()
        #expect(!arrivals.isFull && arrivals.isEmpty)
    }

    enum Arrival: CaseIterable {
        case read, text, binary, event

        func add(to arrivals: inout Arrivals, _ limits: JSONLimits) {
            let bytes = ByteBuffer(repeating: 0x61, count: 10_240)
            switch self {
            case .read: arrivals.append(bytes, from: 1, limits)
            case .text: arrivals.append(.text(1, bytes))
            case .binary: arrivals.append(.binary(1, bytes))
            case .event: arrivals.append(.caughtUp(1))
            }
        }
    }

    @Test("what is handed over again and again stands in the same storage")
    func storage() {
        let ada = router.join()
        var arrivals = Arrivals()
        var places: Set<[UnsafeRawPointer?]> = []
        for turn in 0..<10 {
            for _ in 0..<20 { text(#"{"type":"message","content":"1"}"#, from: ada, in: &arrivals) }
            if turn > 1 { places.insert(arrivals.places) }
            handAll(&arrivals)
            arrivals.clear()
        }
        #expect(places.count == 1)
    }
}

extension Arrivals {
    /// Where its events and objects stand in memory.
    var places: [UnsafeRawPointer?] {
        [events.withUnsafeBytes { $0.baseAddress }, objects.withUnsafeBytes { $0.baseAddress }]
    }
}
