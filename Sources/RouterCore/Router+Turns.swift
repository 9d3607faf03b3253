import HandlerKit

// A turn is what is decided at one time, and leaves as one tick.
extension Router {
    /// The time stands still within a tick.
    mutating func beginTick() {
        guard !isInTick else { return }
        isInTick = true
        let unix = clock.unixMilliseconds / 1_000
        if unix / 900 != zone.quarter { zone = (unix / 900, clock.secondsFromUTC(at: unix)) }
        if unix != context.time.unix || nowDigits.isEmpty { nowDigits = timestampDigits.write(unix) }
        context.time = Time(unix: unix, milliseconds: clock.monotonicMilliseconds, secondsFromUTC: zone.seconds)
    }

    /// Ends the turn, and hands over what it has brought.
    public mutating func takeTick() -> Tick {
        isInTick = false
        turn += 1
        var finished = spareTicks.popLast() ?? Tick(loops: loops)
        swap(&finished, &tick)
        return finished
    }

    /// Takes back a tick that is delivered, for its storage.
    public mutating func reuse(_ delivered: consuming Tick) {
        guard spareTicks.count < Self.mostSpareTicks else { return }
        var spare = delivered
        spare.clear()
        spareTicks.append(spare)
    }

    /// As many as can be under way to another loop, and one.
    private static var mostSpareTicks: Int { 3 }
}
