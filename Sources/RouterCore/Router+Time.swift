import HandlerKit

/// A time at which a handler wants to be woken for a session.
struct Wake {
    let handler: Int
    var at: Int64
    /// When the alarm that stands for it goes off: then, or sooner.
    var alarm: Int64
}

/// What is to be looked at when a time has come.
enum Alarm {
    /// A handler's own, without a session.
    case every(handler: Int, Duration)
    case session(slot: Int, id: Int64, handler: Int)
    /// A message of the session may have waited for long enough.
    case waited(slot: Int, id: Int64)
    /// A connection that wants to resume a session had its time to ask.
    case silent(Int, serial: Int)
    /// A user without a connection has been waited for.
    case awaited(Int64)
    /// What could not be saved of sessions is tried again.
    case saving
    /// There are sessions that nobody has come back to.
    case forgetting
    /// The log is to say of how many it has not said that they were refused.
    case refusals(Refusal)
}

extension Router {
    /// When something is due next, in milliseconds of the router's clock.
    public var nextDue: Int64? { alarms.next }

    /// Does whatever is due by the clock.
    public mutating func timePassed() {
        let now = clock.monotonicMilliseconds
        guard let next = alarms.next, next <= now else { return }
        beginTick()
        // All that are due first: one that is due again at once must not keep the loop here.
        var due: [Alarm] = []
        while let alarm = alarms.popDue(at: now) { due.append(alarm) }
        for alarm in due { goOff(alarm, now) }
    }

    private mutating func goOff(_ alarm: Alarm, _ now: Int64) {
        switch alarm {
        case .every(let handler, let duration):
            alarms.add(alarm, at: now + Int64(max(1, duration.milliseconds)))
            wake(handler, User.system.slot)
        case .session(let slot, let id, let handler):
            guard let session = sessions[slot], session.id == id,
                let place = session.wakes.firstIndex(where: { $0.handler == handler })
            else { return }
            let wake = session.wakes[place]
            guard wake.at <= now else {
                // Unless an earlier alarm of the same wake has seen to it.
                if wake.alarm <= now { setAlarm(slot, id, place, at: wake.at) }
                return
            }
            sessions[slot]?.wakes.remove(at: place)
            self.wake(handler, slot)
        case .waited(let slot, let id): checkWait(slot, id, now)
        case .silent(let connection, let serial): checkSilence(of: connection, serial)
        case .awaited(let id): stopWaiting(for: id)
        case .saving: isToSaveAgain = false  // with this turn
        case .forgetting: forgetSessions()
        case .refusals(let refusal): tellRefusals(refusal)
        }
    }

    private mutating func setAlarm(_ slot: Int, _ id: Int64, _ place: Int, at time: Int64) {
        sessions[slot]?.wakes[place].alarm = time
        alarms.add(.session(slot: slot, id: id, handler: sessions[slot]?.wakes[place].handler ?? 0), at: time)
    }

    private mutating func wake(_ handler: Int, _ slot: Int) {
        context.sender = context.users[slot: slot] ?? .system
        context.handler = handler
        pipeline.handlers[handler].woken(&context)
        carryOut(for: slot)
        endThoseToClose()
    }

    /// `Context.wake`: at most one of each handler is pending for a session.
    mutating func setWake(_ slot: Int, after delay: Duration, for handler: Int) {
        guard let session = session(slot) else { return }
        let at = context.time.milliseconds + Int64(max(1, delay.milliseconds))
        if let place = session.wakes.firstIndex(where: { $0.handler == handler }) {
            sessions[slot]?.wakes[place].at = at
            if at < session.wakes[place].alarm { setAlarm(slot, session.id, place, at: at) }
        } else {
            session.wakes.append(Wake(handler: handler, at: at, alarm: at))
            setAlarm(slot, session.id, session.wakes.count - 1, at: at)
        }
    }
}
