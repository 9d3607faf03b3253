import NIOCore

/// The I/O loop's side of the rooms: who is a member of what, and how a tick becomes one write per member.
///
/// What the members of the same rooms get of a tick is put together once, as one run of bytes, and written to each as
/// the same slice. What differs for a member (its own posts skipped, replies in between, a change of rooms) is a short
/// list of edits, applied while its bytes are cut out of the group's.
///
///     posts     [ a1 ][ b1 ][ a2 ][ c1 ]          once, in the tick's log
///     most      [ a1 ][ b1 ][ a2 ][ c1 ]          one slice, one write each
///     a         . . . [ b1 ] . . .[ c1 ] + ack    its own skipped, what is only for it in between
public struct Delivery {
    private let loop: Int
    private let loops: Int
    private var groups: RoomGroups
    /// By the connection's place on this loop.
    private var members: [Member] = []
    /// The connections that have edits in this tick, in the order in which they got the first one; and for each edit the
    /// connection's next.
    private var edited: [Int] = []
    private var nextEdits: [Int] = []
    /// Who has taken a part of what its group gets, and how many bytes.
    private var partly: [(connection: Int, taken: Int)] = []
    private var gone: [Int] = []
    private var left: [Int] = []
    private var cut = Cut()
    /// How clients may get the posts of a tick: as they are, and behind that compressed, each window size as it first came.
    private var renditions = [Rendition(windowBits: 0)]
    private let compression: Compression?

    private struct Member {
        /// The number of its rendition.
        var form = 0
        /// -1 for none.
        var group = -1
        /// Its place in its group's list.
        var place = 0
        /// Its first and last edit in the tick that is being delivered; -1 for none.
        var firstEdit = -1
        var lastEdit = -1
    }

    /// - Parameters:
    ///   - loop: the number of the I/O loop, from 0.
    ///   - loops: how many there are.
    ///   - compression: nil when nothing is ever compressed.
    public init(loop: Int = 0, of loops: Int = 1, compression: Compression? = nil) {
        self.init(loop: loop, of: loops, compression: compression, logSizes: .init())
    }

    /// - Parameter logSizes: of what is kept for those who are behind.
    package init(loop: Int = 0, of loops: Int = 1, compression: Compression? = nil, logSizes: SharedLog.Sizes) {
        (self.loop, self.loops) = (loop, loops)
        self.compression = compression
        groups = RoomGroups(logSizes)
    }

    private func place(of connection: Int) -> Int { loops == 1 ? connection : connection / loops }

    /// What the connection gets from here on may be compressed; to be said before its first tick.
    ///
    /// - Parameter windowBits: the size of the window it has agreed to: 9 to 15.
    public mutating func compress(for connection: Int, windowBits: Int) {
        guard compression != nil else { return }
        if !renditions.contains(where: { $0.windowBits == windowBits }) {
            renditions.append(Rendition(windowBits: windowBits))
        }
        let place = memberPlace(of: connection)
        members[place].form = renditions.firstIndex { $0.windowBits == windowBits } ?? 0
        renditions[members[place].form].count += 1
    }

    private mutating func memberPlace(of connection: Int) -> Int {
        let place = place(of: connection)
        while members.count <= place { members.append(Member()) }
        return place
    }

    /// Writes what the tick holds to the connections of this loop that it is for.
    public mutating func deliver(_ tick: borrowing Tick, to sink: some DeliverySink) {
        linkEdits(tick, sink)
        makeRenditions(of: tick)
        groups.begin(tick, renditions)
        for group in groups.touched { write(to: group, tick, sink) }
        for connection in edited { write(tick, to: connection, sink) }
        for connection in edited { members[place(of: connection)].firstEdit = -1 }
        edited.removeAll(keepingCapacity: true)
        groups.end()
        for form in 1..<renditions.count { renditions[form].clear() }
        forgetEmptyGroups()
        for connection in gone { sink.free(connection) }
        gone.removeAll(keepingCapacity: true)
    }

    private mutating func makeRenditions(of tick: borrowing Tick) {
        guard let compression, !tick.posts.isEmpty else { return }
        for form in 1..<renditions.count where renditions[form].count > 0 {
            renditions[form].make(of: tick, compression)
        }
    }

    /// Forgets a connection that has ended.
    public mutating func remove(_ connection: Int) {
        leaveGroup(connection)
        forgetEmptyGroups()
        let place = place(of: connection)
        guard place < members.count, members[place].form > 0 else { return }
        renditions[members[place].form].count -= 1
        members[place].form = 0
    }

    // MARK: - Edits

    private mutating func linkEdits(_ tick: borrowing Tick, _ sink: some DeliverySink) {
        let edits = tick.parts[loop].edits
        nextEdits.removeAll(keepingCapacity: true)
        for (index, edit) in edits.enumerated() {
            nextEdits.append(-1)
            if case .gone = edit.change { gone.append(edit.connection) }
            link(index, of: edit.connection, sink)
        }
    }

    private mutating func link(_ index: Int, of connection: Int, _ sink: some DeliverySink) {
        let place = memberPlace(of: connection)
        if members[place].firstEdit < 0 {
            guard sink.isOpen(connection) else { return }
            sink.stopFollowing(connection)  // before the log gets what others are to find there
            members[place].firstEdit = index
            edited.append(connection)
        } else {
            nextEdits[members[place].lastEdit] = index
        }
        members[place].lastEdit = index
    }

    // MARK: - Writing

    /// Members for whom nothing differs: the same bytes for all of a group.
    private mutating func write(to group: Int, _ tick: borrowing Tick, _ sink: some DeliverySink) {
        let bytes = groups[group].run.bytes(of: renditions[groups[group].form].log(of: tick))
        var areBehind = false
        for connection in groups[group].members where isUnedited(connection) {
            guard sink.standing(of: connection) == .free else {
                areBehind = true
                continue
            }
            let taken = sink.write(bytes, to: connection)
            if taken < bytes.readableBytes { partly.append((connection, taken)) }
        }
        let isShared = areBehind || !partly.isEmpty && !groups[group].run.hasDroppable
        if isShared { keep(for: group, tick, sink) } else { groups[group].log.release() }
        // What is left is in the middle of the run, perhaps in a frame that others who are behind do without.
        for (connection, taken) in partly {
            sink.keep(ByteBuffer(bytes: bytes.readableBytesView.dropFirst(taken)), for: connection)
        }
        partly.removeAll(keepingCapacity: true)
    }

    /// What those who are behind will find in one copy. They come after all others, who need not wait for this.
    private mutating func keep(for group: Int, _ tick: borrowing Tick, _ sink: some DeliverySink) {
        let length = groups[group].run.keptLength
        guard length > 0 else { return }
        if groups[group].isRoomDue(for: length) { checkRoom(for: length, in: group, sink) }
        if groups[group].log.beginsAnew { groups[group].members.forEach(sink.stopFollowing) }
        let kept = groups[group].log.append(
            groups[group].run.keptBytes(of: renditions[groups[group].form].log(of: tick)))
        for connection in groups[group].members where isUnedited(connection) {
            guard sink.standing(of: connection) == .behind else { continue }
            sink.keep(kept, for: connection)
            groups[group].noteRoom(sink.room(for: connection))
        }
        guard !groups[group].run.hasDroppable else { return }
        for (connection, taken) in partly {
            sink.keep(kept.dropping(taken), for: connection)
            groups[group].noteRoom(sink.room(for: connection))
        }
        partly.removeAll(keepingCapacity: true)
    }

    /// For somebody more may come now than may wait for one client.
    private mutating func checkRoom(for length: Int, in group: Int, _ sink: some DeliverySink) {
        groups[group].forgetRoom()
        for connection in groups[group].members where sink.standing(of: connection) == .following {
            let room = sink.room(for: connection)
            if room < length { sink.lose(connection) } else { groups[group].noteRoom(room) }
        }
    }

    private func isUnedited(_ connection: Int) -> Bool { members[place(of: connection)].firstEdit < 0 }

    /// One member for whom something differs: pieces of its group's run with the edits in between.
    private mutating func write(_ tick: borrowing Tick, to connection: Int, _ sink: some DeliverySink) {
        let isBehind = sink.isBehind(connection)
        let part = tick.parts[loop]
        let form = members[place(of: connection)].form
        var closing: Closing?
        var isHeld = false
        var goesOn = false
        cut.begin()
        var index = members[place(of: connection)].firstEdit
        while index >= 0, closing == nil {
            let edit = part.edits[index]
            take(of: connection, to: renditions[form].start(ofPost: edit.place, in: tick), isBehind)
            switch edit.change {
            case .skip(let count):
                cut.skip(to: renditions[form].range(ofPost: edit.place + count - 1, in: tick).upperBound)
            case .insert(let range): insert(range, of: part, form)
            case .insertAround(let content, let head, let tail): insert(content, head, tail, of: part, form)
            case .move(let rooms): move(connection, to: rooms, tick)
            case .close(let reason): closing = reason
            case .hold: (isHeld, goesOn) = (true, false)
            case .goOn: (isHeld, goesOn) = (false, true)
            case .gone: break
            }
            index = nextEdits[index]
        }
        if closing == nil {
            take(of: connection, to: renditions[form].start(ofPost: .max, in: tick), isBehind)
        } else {
            leaveGroup(connection)
        }
        if !sink.isLost(connection), let bytes = cut.finish(renditions[form].log(of: tick), part.direct) {
            send(bytes, to: connection, isBehind, sink)
        }
        if isHeld { sink.hold(connection) }
        if goesOn { sink.goOn(connection) }
        if let closing { sink.close(connection, closing) }
    }

    private mutating func insert(_ range: Range<Int>, of part: Tick.Part, _ form: Int) {
        guard form > 0, let compression, compression.isWorthwhile(for: range.count) else { return cut.insert(range) }
        var frame = ByteBuffer()
        part.direct.withVeryUnsafeBytes { direct in
            compression.append(
                alone: UnsafeRawBufferPointer(rebasing: direct[range]), renditions[form].windowBits, to: &frame)
        }
        cut.insert(frame)
    }

    private mutating func insert(
        _ content: ByteBuffer, _ head: Range<Int>, _ tail: Range<Int>, of part: Tick.Part, _ form: Int
    ) {
        guard form > 0, let compression, compression.isWorthwhile(for: content.readableBytes) else {
            return cut.insert(content, head, tail)
        }
        var frame = ByteBuffer()
        part.direct.withVeryUnsafeBytes { direct in
            compression.append(
                UnsafeRawBufferPointer(rebasing: direct[head]), content,
                UnsafeRawBufferPointer(rebasing: direct[tail]), renditions[form].windowBits, to: &frame)
        }
        cut.insert(frame)
    }

    private mutating func take(of connection: Int, to end: Int, _ isBehind: Bool) {
        let group = members[place(of: connection)].group
        guard group >= 0 else { return cut.skip(to: end) }
        cut.take(isBehind ? groups[group].run.kept : groups[group].run.ranges, to: end)
    }

    private func send(_ bytes: ByteBuffer, to connection: Int, _ isBehind: Bool, _ sink: some DeliverySink) {
        let taken = isBehind ? 0 : sink.write(bytes, to: connection)
        guard taken < bytes.readableBytes else { return }
        sink.keep(ByteBuffer(bytes: bytes.readableBytesView.dropFirst(taken)), for: connection)
    }

    // MARK: - Members

    private mutating func move(_ connection: Int, to rooms: [Room], _ tick: borrowing Tick) {
        leaveGroup(connection)
        let place = place(of: connection)
        (members[place].group, members[place].place) = groups.join(
            connection, .init(rooms: rooms, form: members[place].form), in: tick, renditions)
        cut.changeRun()
    }

    private mutating func leaveGroup(_ connection: Int) {
        let place = place(of: connection)
        guard place < members.count, members[place].group >= 0 else { return }
        let group = members[place].group
        if let moved = groups.leave(group, members[place].place) {
            members[self.place(of: moved)].place = members[place].place
        }
        members[place].group = -1
        left.append(group)
    }

    private mutating func forgetEmptyGroups() {
        for group in left { groups.removeIfEmpty(group) }
        left.removeAll(keepingCapacity: true)
    }
}
