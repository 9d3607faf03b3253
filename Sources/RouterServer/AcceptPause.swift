import Logging
import NIOCore

/// Stops accepting for a moment when the system has no file descriptor or memory left for another connection.
///
/// The connection that could not be accepted keeps the listening socket readable, so without the pause the loop would
/// try again at once and forever. It waits in the kernel's queue meanwhile.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = Any

    static let length = TimeAmount.milliseconds(100)
    /// Between two warnings, in pauses: a warning every ten seconds.
    private static let pausesPerWarning = 100

    private let log: Logger
    private var pauses = 0

    init(log: Logger) { self.log = log }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, error.isOutOfResources else {
            log.debug("accepting: \(error)")
            return
        }
        if pauses.isMultiple(of: Self.pausesPerWarning) {
            log.warning(
                "no room for another connection, new ones wait: \(error) (ulimit -n raises the number of files)")
        }
        pauses += 1
        accept(false, context)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.length) { self.accept(true, context) }
    }

    private func accept(_ accepts: Bool, _ context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(.autoRead, value: accepts)
    }
}
