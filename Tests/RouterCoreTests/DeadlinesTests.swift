import RouterCore
import TestSupport
import Testing

@Suite("Deadlines")
struct DeadlinesTests {
    @Test("what is due comes soonest first, as out of a sorted list", arguments: 0..<20)
    func likeASortedList(seed: UInt64) {
        var random = Seeded(seed)
        var deadlines = Deadlines<Int>()
        var model: [(at: Int64, of: Int)] = []
        var now: Int64 = 0
        for subject in 0..<2_000 {
            if random.happens(2, in: 3) {
                let time = now + Int64.random(in: -5...50, using: &random)
                deadlines.add(subject, at: time)
                model.append((time, subject))
            } else {
                now += Int64.random(in: 0...20, using: &random)
                check(&deadlines, &model, now)
            }
            #expect(deadlines.next == model.map(\.at).min())
        }
    }

    private func check(_ deadlines: inout Deadlines<Int>, _ model: inout [(at: Int64, of: Int)], _ now: Int64) {
        while let subject = deadlines.popDue(at: now) {
            let soonest = model.map(\.at).min() ?? .max
            #expect(soonest <= now)
            // Of several that are due then, the one added first: the model is in the order of adding.
            let place = model.firstIndex { $0.at == soonest }
            #expect(place.map { model[$0].of } == subject)
            if let place { model.remove(at: place) }
        }
        #expect(!model.contains { $0.at <= now })
    }

    @Test("of those who are due at the same time, the one who was added first comes first, however many there are")
    func ties() {
        var deadlines = Deadlines<Int>()
        for subject in 0..<1_000 { deadlines.add(subject, at: Int64(subject % 3)) }
        var order: [Int] = []
        while let subject = deadlines.popDue(at: 2) { order.append(subject) }
        #expect(order == (0..<3).flatMap { time in stride(from: time, to: 1_000, by: 3) })
    }

    @Test("one who waits for several times is looked at each time")
    func several() {
        var deadlines = Deadlines<Int>()
        for time in [30, 10, 20, 10] { deadlines.add(7, at: Int64(time)) }
        #expect(deadlines.popDue(at: 9) == nil)
        #expect(deadlines.popDue(at: 10) == 7)
        #expect(deadlines.popDue(at: 10) == 7)
        #expect(deadlines.popDue(at: 10) == nil)
        #expect(deadlines.next == 20)
    }
}
