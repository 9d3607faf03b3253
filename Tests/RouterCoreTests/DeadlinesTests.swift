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
            let place = model.firstIndex { $0.of == subject }
            #expect(place.map { model[$0].at } == soonest)
            #expect(soonest <= now)
            if let place { model.remove(at: place) }
        }
        #expect(!model.contains { $0.at <= now })
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
