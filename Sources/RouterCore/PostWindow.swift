import HandlerKit
import JSONWire
import NIOCore

/// The latest posts of one room: entries in a ring, their names and contents in a ring of bytes. Both grow to their
/// limits and then take the oldest's place, so that a post costs no allocation.
struct PostWindow {
    private let maxPosts: Int
    private let maxBytes: Int
    private var entries: [Entry] = []
    /// The place of the oldest in `entries`, which is a ring once it is full.
    private var oldest = 0
    private var count = 0
    private var bytes: [UInt8] = []
    /// How many bytes of the ring are in use, and the place behind the last of them.
    private var used = 0
    private var end = 0
    /// The highest id that is not kept any more; 0 while all are.
    private(set) var forgotten: Int64 = 0
    /// Whether there may be older ones elsewhere than here.
    var hasOlder = false

    private struct Entry {
        let id: Int64
        let senderID: Int64
        let timestamp: Int64
        /// A place in the ring of bytes: of the type, the name and the content.
        var start: Int
        let typeLength: Int32
        let nameLength: Int32
        let contentLength: Int32
        var length: Int { Int(typeLength) + Int(nameLength) + Int(contentLength) }
    }

    init(maxPosts: Int, maxBytes: Int) {
        self.maxPosts = maxPosts
        self.maxBytes = maxBytes
    }

    mutating func append(_ frame: OutgoingFrame) {
        append(
            frame.id, frame.party?.id ?? 0, frame.timestamp, frame.type,
            frame.party?.name ?? OutgoingFrame.nothing, frame.content)
    }

    /// A post that was read again.
    mutating func append(_ row: JournalRow) {
        var type = row.type
        type.withUTF8 { type in
            row.senderName.withUnsafeReadableBytes { name in
                row.content.withUnsafeReadableBytes { content in
                    append(row.id, row.sender, row.timestamp, UnsafeRawBufferPointer(type), name, content)
                }
            }
        }
    }

    private mutating func append(
        _ id: Int64, _ sender: Int64, _ timestamp: Int64, _ type: UnsafeRawBufferPointer,
        _ name: UnsafeRawBufferPointer, _ content: UnsafeRawBufferPointer
    ) {
        let length = type.count + name.count + content.count
        guard maxPosts > 0, length <= maxBytes else { return forgetAll(upTo: id) }
        makeRoom(for: length)
        put(
            Entry(
                id: id, senderID: sender, timestamp: timestamp, start: end, typeLength: Int32(type.count),
                nameLength: Int32(name.count), contentLength: Int32(content.count)))
        used += length
        let start = end
        end = bytes.withUnsafeMutableBytes { ring in
            // Hardly any post stands on both sides of the ring's end: the others need not be looked at for that.
            if start + length < ring.count {
                Self.copy(type, to: ring, at: start)
                Self.copy(name, to: ring, at: start + type.count)
                Self.copy(content, to: ring, at: start + type.count + name.count)
                return start + length
            }
            let name = Self.write(name, to: ring, at: Self.write(type, to: ring, at: start))
            return Self.write(content, to: ring, at: name)
        }
    }

    /// The newest posts are not to have been there.
    mutating func forget(above id: Int64) {
        while count > 0, entry(count - 1).id > id {
            let last = entry(count - 1)
            (end, used, count) = (last.start, used - last.length, count - 1)
        }
        forgotten = min(forgotten, id)
    }

    /// Posts below an id that there would be room for.
    struct Gap {
        let before: Int64
        /// Up to which id everything was forgotten by then.
        let forgotten: Int64
        let posts: Int
        let bytes: Int
    }

    /// nil when there is room for none.
    var gap: Gap? {
        guard count < maxPosts, used < maxBytes else { return nil }
        return Gap(
            before: count == 0 ? .max : entry(0).id, forgotten: forgotten, posts: maxPosts - count,
            bytes: maxBytes - used)
    }

    /// Posts that are older than those that are here.
    ///
    /// - Parameter areAll: whether there are none that are older still.
    mutating func fill(with older: [JournalRow], areAll: Bool) {
        guard let first = older.first else {
            hasOlder = !areAll
            return
        }
        var filled = PostWindow(maxPosts: maxPosts, maxBytes: maxBytes)
        filled.forgetAll(upTo: first.id - 1)
        filled.hasOlder = !areAll
        for row in older where count == 0 || row.id < entry(0).id { filled.append(row) }
        for place in 0..<count {
            withPost(at: place) {
                filled.append($0.id, $0.sender, $0.timestamp, $0.type, $0.senderName, $0.content)
            }
        }
        self = filled
    }

    /// How much more a page could have than the window has, at most; nil when nothing.
    func missing(_ limit: Int, before id: Int64, maxBytes: Int) -> (posts: Int, bytes: Int)? {
        guard hasOlder else { return nil }
        let count = firstPlace(notBelow: id)
        guard count < limit else { return nil }
        var left = maxBytes
        for place in (0..<count).reversed() {
            left -= entry(place).length
            if left < 0 { return nil }
        }
        return (limit - count, left)
    }

    /// The newest posts below an id, oldest first.
    func page(before: Int64, limit: Int, maxBytes: Int) -> [KeptPost] {
        var posts: [KeptPost] = []
        var size = 0
        var place = firstPlace(notBelow: before) - 1
        while place >= 0, posts.count < limit {
            let entry = self.entry(place)
            place -= 1
            size += entry.length
            if size > maxBytes, !posts.isEmpty { break }
            posts.append(kept(entry))
        }
        return posts.reversed()
    }

    /// The newest post's id; 0 when there is none.
    var newest: Int64 { count == 0 ? 0 : entry(count - 1).id }

    /// The first place whose id is not below `id`; ids rise from the oldest on.
    private func firstPlace(notBelow id: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if entry(middle).id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func entry(_ place: Int) -> Entry { entries[index(of: place)] }

    /// Without a division, which costs more than all else here. A place is less than twice as far as the ring is long.
    private func index(of place: Int) -> Int {
        let index = oldest + place
        return index < entries.count ? index : index - entries.count
    }

    /// A post where it is kept; not for longer than it is looked at.
    struct Kept {
        let id: Int64
        let type: UnsafeRawBufferPointer
        let sender: Int64
        /// As JSON.
        let senderName: UnsafeRawBufferPointer
        /// As JSON.
        let content: UnsafeRawBufferPointer
        let timestamp: Int64
    }

    func places(after id: Int64, upTo last: Int64) -> Range<Int> {
        guard last > id else { return 0..<0 }
        return firstPlace(notBelow: id + 1)..<(last == .max ? count : firstPlace(notBelow: last + 1))
    }

    func id(at place: Int) -> Int64 { entry(place).id }
    func sender(at place: Int) -> Int64 { entry(place).senderID }

    func withPost<Result>(at place: Int, _ body: (Kept) -> Result) -> Result {
        let entry = entry(place)
        return withBytes(entry.start, entry.length) { bytes in
            let (name, content) = (Int(entry.typeLength), Int(entry.typeLength) + Int(entry.nameLength))
            return body(
                Kept(
                    id: entry.id, type: .init(rebasing: bytes[..<name]), sender: entry.senderID,
                    senderName: .init(rebasing: bytes[name..<content]), content: .init(rebasing: bytes[content...]),
                    timestamp: entry.timestamp))
        }
    }

    private func withBytes<Result>(
        _ start: Int, _ length: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        let (first, second) = pieces(start, length)
        guard !second.isEmpty else { return first.withUnsafeBytes(body) }
        return (first + second).withUnsafeBytes(body)
    }

    private func kept(_ entry: Entry) -> KeptPost {
        let name = entry.start + Int(entry.typeLength)
        return KeptPost(
            id: entry.id,
            type: String(decoding: text(entry.start, Int(entry.typeLength)).readableBytesView, as: UTF8.self),
            sender: JSONRaw(verbatim: text(name, Int(entry.nameLength))), senderID: entry.senderID,
            content: JSONRaw(verbatim: text(name + Int(entry.nameLength), Int(entry.contentLength))),
            timestamp: entry.timestamp)
    }

    private func text(_ start: Int, _ length: Int) -> ByteBuffer {
        let (first, second) = pieces(start, length)
        var text = ByteBuffer()
        text.reserveCapacity(length)
        text.writeBytes(first)
        text.writeBytes(second)
        return text
    }

    /// Bytes of the ring: up to its end, and on from its beginning.
    private func pieces(_ start: Int, _ length: Int) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
        let place = start < bytes.count ? start : start - bytes.count
        let first = min(length, bytes.count - place)
        return (bytes[place..<place + first], bytes[0..<length - first])
    }

    // MARK: - The rings

    /// A post that can't be kept would leave a gap: then nothing before it is kept either.
    mutating func forgetAll(upTo id: Int64) {
        (oldest, count, used, forgotten, hasOlder) = (0, 0, 0, id, true)
        entries.removeAll(keepingCapacity: true)
    }

    private mutating func makeRoom(for length: Int) {
        while count == maxPosts || (count > 0 && used + length > maxBytes) { forgetOldest() }
        if used + length > bytes.count { grow(to: used + length) }
    }

    private mutating func forgetOldest() {
        used -= entries[oldest].length
        (forgotten, hasOlder) = (entries[oldest].id, true)
        oldest = index(of: 1)
        count -= 1
    }

    private mutating func put(_ entry: Entry) {
        if count == entries.count, count < maxPosts {
            if oldest > 0 { entries = (0..<count).map { self.entry($0) } }
            oldest = 0
            entries.append(entry)
        } else {
            entries[index(of: count)] = entry
        }
        count += 1
    }

    /// Doubles the ring of bytes; what is in use moves to the beginning of the larger one.
    private mutating func grow(to needed: Int) {
        let size = min(maxBytes, max(needed, bytes.count * 2, 4_096))
        let begin = count == 0 ? 0 : entries[oldest].start
        for place in 0..<count {
            let moved = entries[index(of: place)].start - begin
            entries[index(of: place)].start = moved < 0 ? moved + bytes.count : moved
        }
        let (first, second) = pieces(begin, used)
        bytes = Array(first) + second + repeatElement(0, count: size - used)
        end = used
    }
}
