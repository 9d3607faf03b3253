import HandlerKit

// Who is in which room (P36, P37).
extension Router {
    mutating func join(_ room: Int, staying: Bool, _ slot: Int) {
        guard let session = session(slot), let user = context.users[slot: slot] else { return }
        let before = context.rooms.numbers(joinedBy: user)
        context.rooms.add(user, to: room)
        let given = staying ? [] : before.filter { $0 != room }
        for other in given { context.rooms.remove(user, from: other) }
        noteStays(of: session, in: room, notIn: given)
        tick.edit(session.connection, .move(to: context.rooms.memberships(of: user)))
        for other in given { tellAll(.exited, other) }
        if !before.contains(room) { tellAll(.entered, room) }
    }

    mutating func leave(_ room: Int, _ slot: Int) {
        guard let session = session(slot), let user = context.users[slot: slot],
            context.rooms.numbers(joinedBy: user).contains(room)
        else { return }
        context.rooms.remove(user, from: room)
        let isNowhere = context.rooms.numbers(joinedBy: user).isEmpty
        if isNowhere { context.rooms.add(user, to: 0) }
        noteStays(of: session, in: isNowhere ? 0 : nil, notIn: [room])
        tick.edit(session.connection, .move(to: context.rooms.memberships(of: user)))
        if room == 0, isNowhere { return }
        tellAll(.exited, room)
        if isNowhere { tellAll(.entered, 0) }
    }

    private mutating func noteStays(of session: Session, in room: Int?, notIn given: [Int]) {
        guard let resumption = session.resumption else { return }
        let newest = ids.newestMessage
        for other in given { resumption.exit(other, after: newest) }
        if let room { resumption.enter(room, after: newest) }
        resumptions.noteChange(of: resumption)
    }

    private enum RoomChange: String { case entered, exited }

    private mutating func tellAll(_ change: RoomChange, _ room: Int) {
        let name = context.rooms.names[room]
        for index in pipeline.handlers.indices {
            context.handler = index
            let before = context.effects.count
            switch change {
            case .entered: pipeline.handlers[index].entered(name, &context)
            case .exited: pipeline.handlers[index].exited(name, &context)
            }
            note("\(change.rawValue) \(name)", index, effectsFrom: before)
        }
    }
}
