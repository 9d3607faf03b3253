#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import NIOCore
import RouterCore

/// What a disk has left for the log and for what is to come of it.
///
/// Each page that is committed takes its place twice: in the log, and in the file once it is brought over. A log that had
/// filled the disk could not be brought over any more, and nothing could be written again, not even by the next start.
struct LogSpace {
    static let pageBytes = 4_096
    /// In pages of the log: the system is asked when so many have come, for a commit is not to pay for a call.
    private static let interval = 64
    /// In bytes: with no more than that to spare it is asked before every group, so that the log never outgrows the disk
    /// between two looks; four times what comes between two.
    static let ample = 4 * interval * pageBytes
    /// In bytes: so much posts leave to what needs less, and without which the router would be of no use: sessions, ids,
    /// removing what is too old, and the next start.
    static let reserve = interval * pageBytes

    /// All in bytes. What the file system has for whoever is not root,
    let free: Int
    /// what the log holds, of which each page may be new to the file,
    let held: Int
    /// and what is to be written next.
    let coming: Int

    /// Whether the log may go on growing.
    var isAmple: Bool { free >= 2 * (held + coming) + Self.ample }

    /// Whether posts can be written, and brought over afterwards.
    ///
    /// - Parameter unused: bytes in the file that hold nothing and are filled before the file grows.
    func isEnough(unused: Int) -> Bool {
        let growth = max(0, coming - unused)
        // Where the file does not grow, only the log needs place, and gives it back.
        return free >= held + (growth > 0 ? coming + growth + Self.reserve : 0)
    }

    /// - Parameter grown: by how many pages.
    static func isToLook(grown: Int, _ coming: Int) -> Bool { grown * pageBytes + coming >= interval * pageBytes }
}

extension LogSpace {
    /// Nil when the system does not say: there are file systems that count nothing.
    init?(in folder: String, held: Int, coming: Int) {
        var status = statvfs()
        guard statvfs(folder, &status) == 0, status.f_blocks > 0 else { return nil }
        let (free, isMore) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: status.f_frsize))
        // Room for sums.
        self.init(free: isMore ? .max / 4 : free, held: held, coming: coming)
    }
}

extension JournalGroup {
    /// The bytes of the pages that it is written to, at most, but for few: a post may be alone on its page with half of it.
    var mostPageBytes: Int {
        if isEmpty { return 0 }
        return 2 * bytes.readableBytes + 256 * entries.count + 1_024 * sessions.count + 16 * LogSpace.pageBytes
    }
}
