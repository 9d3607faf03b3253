import HandlerKit
import JSONWire
import NIOCore

/// The latest posts of every room, in memory.
final class PostWindows: PostArchive {
    /// Behind a pointer, so that no post pays for a check for exclusive access: only the router's loop ever calls.
    private let windows: UnsafeMutableBufferPointer<PostWindow>
    private let numbers: [String: Int]

    init(rooms: [String], maxPosts: Int, maxBytes: Int) {
        windows = .allocate(capacity: rooms.count)
        windows.initialize(repeating: PostWindow(maxPosts: maxPosts, maxBytes: maxBytes))
        numbers = Dictionary(uniqueKeysWithValues: rooms.enumerated().map { ($1, $0) })
    }

    deinit {
        windows.deinitialize()
        windows.deallocate()
    }

    func append(_ frame: OutgoingFrame, to room: Int) { windows[room].append(frame) }

    func page(of room: String, before: Int64, limit: Int, maxBytes: Int) -> Work<[KeptPost]> {
        .ready(numbers[room].map { windows[$0].page(before: before, limit: limit, maxBytes: maxBytes) } ?? [])
    }

    func newest(in room: String) -> Int64 { numbers[room].map { windows[$0].newest } ?? 0 }
}

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

    private struct Entry {
        let id: Int64
        let senderID: Int64
        let timestamp: Int64
        let type: StaticString
        /// A place in the ring of bytes.
        var start: Int
        let nameLength: Int32
        let contentLength: Int32
        var length: Int { Int(nameLength) + Int(contentLength) }
    }

    init(maxPosts: Int, maxBytes: Int) {
        self.maxPosts = maxPosts
        self.maxBytes = maxBytes
    }

    mutating func append(_ frame: OutgoingFrame) {
        let name = frame.party?.name ?? OutgoingFrame.nothing
        let length = name.count + frame.content.count
        guard maxPosts > 0, length <= maxBytes else { return forgetAll() }
        makeRoom(for: length)
        put(
            Entry(
                id: frame.id, senderID: frame.party?.id ?? 0, timestamp: frame.timestamp, type: frame.type, start: end,
                nameLength: Int32(name.count), contentLength: Int32(frame.content.count)))
        used += length
        let start = end
        end = bytes.withUnsafeMutableBytes { ring in
            Self.write(frame.content, to: ring, at: Self.write(name, to: ring, at: start))
        }
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

    private func kept(_ entry: Entry) -> KeptPost {
        KeptPost(
            id: entry.id, type: "\(entry.type)", sender: raw(entry.start, Int(entry.nameLength)),
            senderID: entry.senderID, content: raw(entry.start + Int(entry.nameLength), Int(entry.contentLength)),
            timestamp: entry.timestamp)
    }

    private func raw(_ start: Int, _ length: Int) -> JSONRaw {
        let (first, second) = pieces(start, length)
        var text = ByteBuffer()
        text.reserveCapacity(length)
        text.writeBytes(first)
        text.writeBytes(second)
        return JSONRaw(verbatim: text)
    }

    /// Bytes of the ring: up to its end, and on from its beginning.
    private func pieces(_ start: Int, _ length: Int) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
        let place = start < bytes.count ? start : start - bytes.count
        let first = min(length, bytes.count - place)
        return (bytes[place..<place + first], bytes[0..<length - first])
    }

    // MARK: - The rings

    /// A post that can't be kept would leave a gap: then nothing before it is kept either.
    private mutating func forgetAll() {
        (oldest, count, used) = (0, 0, 0)
        entries.removeAll(keepingCapacity: true)
    }

    private mutating func makeRoom(for length: Int) {
        while count == maxPosts || (count > 0 && used + length > maxBytes) { forgetOldest() }
        if used + length > bytes.count { grow(to: used + length) }
    }

    private mutating func forgetOldest() {
        used -= entries[oldest].length
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

    /// - Returns: the place behind what was written.
    private static func write(
        _ source: UnsafeRawBufferPointer, to ring: UnsafeMutableRawBufferPointer, at place: Int
    ) -> Int {
        guard let start = source.baseAddress, let target = ring.baseAddress else { return place }
        let first = min(source.count, ring.count - place)
        (target + place).copyMemory(from: start, byteCount: first)
        guard first == source.count else {
            target.copyMemory(from: start + first, byteCount: source.count - first)
            return source.count - first
        }
        return place + first == ring.count ? 0 : place + first
    }
}
