/// What a tick loses when its posts could not be made durable: nobody gets anything that tells of them.
extension Tick {
    /// Takes out the posts and frames that were to go out only once the group is committed.
    ///
    /// - Parameter deceived: connections that were shown such posts in other frames: they get nothing of the tick.
    mutating func withdraw(deceiving deceived: Set<Int>) {
        // By the number of a post: how many of those before it are left.
        var left = [0]
        for post in posts { left.append(left[left.count - 1] + (post.isPledged ? 0 : 1)) }
        posts.removeAll { $0.isPledged }
        for part in parts.indices {
            parts[part].edits = parts[part].edits.compactMap { $0.withdrawn(left, deceived.contains($0.connection)) }
        }
    }
}

/// What connections are told that end in a tick, before their end and before the error that announces that (P49): in
/// the next tick they would be told nothing.
struct Farewells {
    /// The frames of each that ends, where they are among the tick's direct bytes.
    private var frames: [Int: [Range<Int>]] = [:]

    init(_ tick: borrowing Tick) {
        for part in tick.parts {
            for edit in part.edits where edit.closing != nil { frames[edit.connection] = [] }
        }
    }

    /// Nothing for one that does not end in the tick, or is gone.
    mutating func add(_ frame: OutgoingFrame, to connection: Int, in tick: inout Tick) {
        guard frames[connection] != nil else { return }
        let range = frame.write(into: &tick.parts[tick.part(of: connection)].direct)
        tick.replyBytes += range.count
        frames[connection]?.append(range)
    }

    /// - Parameter deceived: connections whose announcement was withdrawn with all else.
    func insert(into tick: inout Tick, deceived: Set<Int>) {
        if frames.values.allSatisfy(\.isEmpty) { return }
        for part in tick.parts.indices {
            var edits: [Tick.Edit] = []
            edits.reserveCapacity(tick.parts[part].edits.count)
            for edit in tick.parts[part].edits {
                if let closing = edit.closing, let frames = frames[edit.connection], !frames.isEmpty {
                    let isAnnounced = closing.isAnnounced && !deceived.contains(edit.connection)
                    let announcement = isAnnounced ? edits.popLast() : nil
                    edits += frames.map {
                        Tick.Edit(connection: edit.connection, place: edit.place, change: .insert($0))
                    }
                    if let announcement { edits.append(announcement) }
                }
                edits.append(edit)
            }
            tick.parts[part].edits = edits
        }
    }
}

extension Tick.Edit {
    fileprivate var closing: Closing? { if case .close(let closing) = change { closing } else { nil } }

    /// - Parameter left: by the number of a post, how many of those before it are left.
    /// - Returns: nil when nothing of it is left.
    fileprivate func withdrawn(_ left: [Int], _ isDeceived: Bool) -> Self? {
        var change = change
        switch change {
        case .insert, .insertAround: if isPledged || isDeceived { return nil }
        case .skip(let count):
            let count = left[place + count] - left[place]
            if count == 0 { return nil }
            change = .skip(posts: count)
        case .move, .close, .hold, .goOn, .gone: break
        }
        return Self(connection: connection, place: left[place], change: change)
    }
}
