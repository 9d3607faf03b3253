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

extension Tick {
    /// Tells a connection something before its end, and before the error that announces that (P49); nothing where it does
    /// not end in this tick, or is gone.
    ///
    /// - Parameter isDeceived: whether what it was to be told has been withdrawn.
    mutating func reply(_ frame: OutgoingFrame, beforeEndOf connection: Int, isDeceived: Bool) {
        guard connection >= 0 else { return }  // sent by somebody who is waited for, from a handler that took its time
        let part = part(of: connection)
        guard let end = parts[part].edits.firstIndex(where: { $0.connection == connection && $0.closing != nil }) else {
            return
        }
        let isAnnounced = parts[part].edits[end].closing?.isAnnounced == true && !isDeceived
        let range = frame.write(into: &parts[part].direct)
        replyBytes += range.count
        let edit = Edit(connection: connection, place: parts[part].edits[end].place, change: .insert(range))
        parts[part].edits.insert(edit, at: isAnnounced ? max(0, end - 1) : end)
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
