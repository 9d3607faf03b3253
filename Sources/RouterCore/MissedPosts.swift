import NIOCore

// What somebody who comes back has missed (P46), as far as the windows reach.
extension PostWindows {
    /// Whether all is there that was posted above an id when somebody was in the rooms.
    func covers(_ resumption: Resumption, after id: Int64) -> Bool {
        resumption.stays.allSatisfy { stay in
            let after = max(id, stay.after)
            return stay.upTo <= after || windows[stay.room].forgotten <= after
        }
    }

    /// How many posts of others that is; counts no further than one more than `most`.
    func countMissed(_ resumption: Resumption, after id: Int64, most: Int) -> Int {
        var count = 0
        for stay in resumption.stays {
            for place in windows[stay.room].places(after: max(id, stay.after), upTo: stay.upTo) {
                guard windows[stay.room].sender(at: place) != resumption.id else { continue }
                count += 1
                if count > most { return count }
            }
        }
        return count
    }

    /// Each of these posts, in the order of their ids, until the body returns false.
    func forEachMissed(_ resumption: Resumption, after id: Int64, _ body: (Int, PostWindow.Kept) -> Bool) {
        var ranges = resumption.stays.map { stay in
            (room: stay.room, places: windows[stay.room].places(after: max(id, stay.after), upTo: stay.upTo))
        }
        while true {
            ranges.removeAll { $0.places.isEmpty }
            let next = ranges.indices.min { left, right in
                windows[ranges[left].room].id(at: ranges[left].places.lowerBound)
                    < windows[ranges[right].room].id(at: ranges[right].places.lowerBound)
            }
            guard let next else { return }
            let (room, place) = (ranges[next].room, ranges[next].places.removeFirst())
            guard windows[room].sender(at: place) != resumption.id else { continue }
            guard windows[room].withPost(at: place, { body(room, $0) }) else { return }
        }
    }
}

extension JournalRow {
    /// Looks at it as at a post of the window.
    func withKept<Result>(_ body: (PostWindow.Kept) -> Result) -> Result {
        var type = type
        return type.withUTF8 { type in
            senderName.withUnsafeReadableBytes { name in
                content.withUnsafeReadableBytes { content in
                    body(
                        .init(
                            id: id, type: UnsafeRawBufferPointer(type), sender: sender, senderName: name,
                            content: content, timestamp: timestamp))
                }
            }
        }
    }
}
