import HandlerTesting
import NIOCore

/// The router of the core's own tests.
package typealias TestRouter = HandlerHarness
package typealias Said = ReceivedFrame

extension RecordingSink {
    package func takeFrames(of connection: Int) -> [ServerFrame] {
        var bytes = takeBytes(of: connection)
        let frames = ServerFrame.take(from: &bytes)
        precondition(bytes.readableBytes == 0, "a write ends with a whole frame")
        return frames
    }
}
