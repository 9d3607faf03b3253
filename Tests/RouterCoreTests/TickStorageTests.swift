import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("Turns leave their storage to later ones")
struct TickStorageTests {
    private let lounge = Room(1)

    /// A turn of ten posts and replies, delivered to ten members.
    private func turn(_ tick: inout Tick, _ delivery: inout Delivery, _ sink: some DeliverySink) {
        for number in 0..<10 {
            tick.post("post \(number)", to: lounge, except: number)
            tick.reply("reply", to: number)
        }
        delivery.deliver(tick, to: sink)
    }

    private func lounge(_ sink: RecordingSink, of members: Range<Int>) -> Delivery {
        var (tick, delivery) = (Tick(), Delivery())
        for connection in members {
            sink.open.insert(connection)
            tick.edit(connection, .move(to: [lounge]))
        }
        delivery.deliver(tick, to: sink)
        return delivery
    }

    @Test("a turn that brings far less than one before gives the storage of that one back")
    func crowd() {
        var tick = Tick()
        func turn(_ count: Int) -> [Int] {
            for number in 0..<count {
                tick.post("post", to: lounge, except: -1)
                tick.reply("reply", to: number)
            }
            tick.clear()
            return [tick.posts.capacity, tick.parts[0].edits.capacity]
        }
        let crowded = turn(10_000)
        #expect(crowded.allSatisfy { $0 >= 10_000 })
        #expect(turn(9_000) == crowded)
        #expect(turn(10) == [0, 0])
    }

    @Test(
        "a steady turn uses the storage of the last, for posts, replies and edits: nothing of it is copied or made anew"
    )
    func steady() {
        let sink = RecordingSink()
        var delivery = lounge(sink, of: 0..<10)
        var tick = Tick()
        turn(&tick, &delivery, sink)
        sink.forget()
        tick.clear()
        let first = Storage(of: &tick)
        for _ in 0..<20 {
            turn(&tick, &delivery, sink)
            sink.forget()
            #expect(Storage(of: &tick) == first)
            tick.clear()
        }
    }

    @Test(
        "appending to the log of a turn copies nothing that is there, also when slices of the last turn are still sent")
    func appending() {
        let sink = RecordingSink()
        var delivery = lounge(sink, of: 0..<10)
        var tick = Tick()
        for number in 0..<20 {
            tick.clear()
            tick.post("first of \(number)", to: lounge)
            let before = tick.shared.address
            for _ in 0..<50 { tick.post("more", to: lounge) }
            #expect(tick.shared.address == before)
            delivery.deliver(tick, to: sink)  // which keeps the slices
        }
        let expected = (0..<20).map { "first of \($0)" + String(repeating: "more", count: 50) }
        #expect(sink.writes[3]?.map { String(buffer: $0) } == expected)
    }

    @Test("a turn that grew large does not leave its storage to the next")
    func large() {
        var tick = Tick()
        for _ in 0..<40 { tick.post(String(repeating: "x", count: 50_000), to: lounge) }
        #expect(tick.shared.capacity > 1 << 20)
        tick.clear()
        #expect(tick.shared.capacity == 0)
    }

    @Test("the router's turns go round in the same storage")
    func router() throws {
        let sink = RecordingSink()
        let router = TestRouter([Post.self])
        let (ada, bob) = (router.open(), router.open())
        sink.open = [ada, bob]
        var delivery = Delivery()
        var seen: [Storage] = []
        for number in 0..<12 {
            router.post(#"{"type":"post","content":"hi","ref":1}"#, from: ada)
            router.withRouter { core in
                var tick = core.takeTick()
                delivery.deliver(tick, to: sink)
                sink.forget()
                if number >= 4 { seen.append(Storage(of: &tick)) }
                core.reuse(consume tick)
            }
        }
        #expect(seen.count == 8)
        #expect(Set(seen).count == 2, "one that is filled, and one that is delivered")
    }
}

/// Where a tick's posts, replies and edits stand in memory.
private struct Storage: Hashable {
    private let places: [UnsafeRawPointer?]

    init(of tick: inout Tick) {
        let posts = tick.posts.withUnsafeBytes { $0.baseAddress }
        let edits = tick.parts[0].edits.withUnsafeBytes { $0.baseAddress }
        places = [tick.shared.storageAddress, tick.parts[0].direct.storageAddress, posts, edits]
    }
}

extension ByteBuffer {
    fileprivate var storageAddress: UnsafeRawPointer? { withVeryUnsafeBytes { $0.baseAddress } }
}
