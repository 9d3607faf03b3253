import HandlerKit

// How those who are online, and the rooms that they are in, change: handlers only read them.

extension Users {
    subscript(slot slot: Int) -> User? { slots.indices.contains(slot) ? slots[slot] : nil }

    mutating func insert(_ user: User, from address: IPAddress? = nil) {
        while slots.count <= user.slot { slots.append(nil) }
        while addresses.count <= user.slot { addresses.append(nil) }
        (slots[user.slot], addresses[user.slot]) = (user, address)
        let place = place(of: user.id)
        if place < order.count { revision += 1 }
        order.insert((user.id, user.slot), at: place)
    }

    mutating func remove(_ user: User) {
        slots[user.slot] = nil
        order.remove(at: place(of: user.id))
        revision += 1
    }

    mutating func rename(slot: Int, to name: String) {
        slots[slot]?.name = name
        revision += 1
    }
}

extension Rooms {
    /// A user joins a room, or joins it once more, which makes it the last.
    mutating func add(_ user: User, to room: Int) {
        remove(user, from: room)
        joined[user].append(room)
        counts[room] += 1
    }

    mutating func remove(_ user: User, from room: Int) {
        guard let place = joined[user].firstIndex(of: room) else { return }
        joined[user].remove(at: place)
        counts[room] -= 1
    }
}
