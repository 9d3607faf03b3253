import Logging
import NIOCore

/// Stops accepting for a moment when the system has no file descriptor or memory left for another connection.
///
/// The connection that could not be accepted keeps the listening socket readable, so without the pause the loop would
/// try again at once and forever. It waits in the kernel's queue meanwhile.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = Any

    static let length = TimeAmount.milliseconds(100)
    /// Between two warnings.
    static let warnsEvery = TimeAmount.seconds(10)

    private let log: Logger
    private var warnsAt = NIODeadline.uptimeNanoseconds(0)
    /// Whether the last warning still holds.
    private var isShort = false

    init(log: Logger) { self.log = log }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isShort {
            isShort = false
            log.notice("there is room again, new connections are accepted again")
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, error.isOutOfResources else {
            log.debug("accepting: \(error)")
            return
        }
        if context.eventLoop.now >= warnsAt {
            log.warning(
                "no room for another connection, new ones wait: \(error) (ulimit -n raises the number of files)")
            warnsAt = context.eventLoop.now + Self.warnsEvery
            isShort = true
        }
        accept(false, context)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.length) { self.accept(true, context) }
    }

    private func accept(_ accepts: Bool, _ context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(.autoRead, value: accepts)
    }
}
